import type { JsonSchema, StreamEvent } from "../../lib/client/mod.ts";
import { channelsOfSchema, nameOf, unitAt } from "../../lib/format/channels.ts";
import { sentinel } from "../../lib/format/sentinels.ts";
import { valueText } from "../plots/drawing/value_text.ts";
import { type Leaf, leavesOf, type Waveform } from "../stream/channels.ts";
import { Pace } from "../stream/pace.ts";
import { secondsOf } from "../stream/timestamps.ts";
import { SteadyUnit } from "../words/steady_unit.ts";

/** The length of the curve. */
export const CURVE_SECONDS = 60;
/** The number of values that are kept and shown of a device. */
export const MAX_VALUES = 8;
/** The number of points that are kept of a curve. */
const MAX_POINTS = 600;

/** The samples per second of the whole page: a person reads no more, and a phone can draw them. */
const MAX_TOTAL_RATE_HZ = 200;
const MAX_RATE_HZ = 4;
const MIN_RATE_HZ = 0.5;

/** The rate in Hz for so many devices, in steps of two: one more device needs no new stream. */
export function rateFor(devices: number): number {
  const rate = 2 ** Math.floor(Math.log2(MAX_TOTAL_RATE_HZ / Math.max(1, devices)));
  return Math.min(MAX_RATE_HZ, Math.max(MIN_RATE_HZ, rate));
}

/** One value of a device in words. */
export interface ShownValue {
  name: string;
  /** The number, or the text. */
  text: string;
  unit: string;
}

/** The newest values of one device, and the curve of the last minute of its first number. */
export class DeviceReadings {
  /** The time of the newest values, in seconds since 1970. */
  time: number | undefined;
  /** The curve: times in seconds, and values; NaN where the line is broken. */
  readonly times: number[] = [];
  readonly numbers: number[] = [];
  /** The newest list of numbers, if the first value is one: it is drawn instead of the curve. */
  waveform: Waveform | undefined;
  /** Counts at each change. */
  revision = 0;
  #pace = new Pace();
  #schema: JsonSchema | null | undefined;
  #order: Map<string, number> = new Map();
  #leaves: Leaf[] = [];
  readonly #units = new Map<string, SteadyUnit>();

  /** Sets the schema of the samples or, without samples, of the properties: it gives the units, and the order of the values. */
  describe(schema: JsonSchema | null | undefined): void {
    if (schema === this.#schema) return;
    this.#schema = schema;
    const names = schema ? channelsOfSchema(schema).map(nameOf) : [];
    this.#order = new Map(names.map((name, i) => [name, i]));
    this.#units.clear();
    this.#leaves = this.#sorted(this.#leaves);
    this.revision++;
  }

  /** Receives an event of the stream. */
  receive(event: StreamEvent): void {
    if (event.event === "device_data") this.#onSample(event.payload, secondsOf(event.timestamp));
    else if (event.event === "property") this.receiveProperty(event.name, event.value, secondsOf(event.timestamp));
    else if (event.event === "gap" || event.event === "clock" || event.event === "device_state") this.#breakLine();
  }

  /** Clears the curve: the daemon sends it again. */
  clearCurve(): void {
    this.times.length = this.numbers.length = 0;
    this.#pace = new Pace();
  }

  /** The newest values, the first ones of the schema. */
  get values(): ShownValue[] {
    return this.#leaves.slice(0, MAX_VALUES).map(({ name, path, value }) => this.#shown(name, path, value));
  }

  /** The number of values of the newest sample. */
  get count(): number {
    return this.#leaves.length;
  }

  #onSample(payload: unknown, time: number): void {
    this.time = time;
    this.#leaves = this.#sorted(leavesOf(payload));
    this.revision++;
    for (const { name, path, value } of this.#leaves.slice(0, MAX_VALUES)) {
      if (isMeasurement(value)) this.#unit(name, path).add(value, time);
    }
    const first = this.#leaves.find(({ value }) => typeof value === "number" || value instanceof Float64Array)?.value;
    this.waveform = first instanceof Float64Array ? first : undefined;
    if (typeof first === "number") this.#addPoint(time, isMeasurement(first) ? first : NaN);
  }

  /** Receives the value of a property: a device without samples has these. */
  receiveProperty(name: string, value: unknown, time: number): void {
    if (this.times.length > 0) return;
    this.time = Math.max(time, this.time ?? 0);
    const leaf = leavesOf({ [name]: value })[0];
    if (!leaf) return;
    const at = this.#leaves.findIndex((it) => it.name === name);
    this.#leaves = at < 0 ? this.#sorted([...this.#leaves, leaf]) : this.#leaves.with(at, leaf);
    if (isMeasurement(leaf.value)) this.#unit(name, leaf.path).add(leaf.value, time);
    this.revision++;
  }

  #addPoint(time: number, value: number): void {
    const newest = this.times.at(-1);
    // The daemon's clock was set back.
    if (newest !== undefined && time < newest) this.clearCurve();
    else if (newest !== undefined && this.#pace.isPause(time - newest)) this.#breakLine();
    this.times.push(time);
    this.numbers.push(value);
    const old = this.times.findIndex((it) => it >= time - CURVE_SECONDS);
    const drop = Math.max(old, this.times.length - MAX_POINTS);
    if (drop > 0) {
      this.times.splice(0, drop);
      this.numbers.splice(0, drop);
    }
  }

  #breakLine(): void {
    if (this.times.length > 0 && !Number.isNaN(this.numbers.at(-1))) {
      this.times.push(this.times.at(-1)!);
      this.numbers.push(NaN);
    }
    this.revision++;
  }

  #sorted(leaves: Leaf[]): Leaf[] {
    const place = ({ name, path }: Leaf) => this.#order.get(name) ?? this.#order.get(path[0]) ?? this.#order.size;
    return this.#order.size > 0 ? leaves.toSorted((a, b) => place(a) - place(b)) : leaves;
  }

  #unit(name: string, path: readonly string[]): SteadyUnit {
    let unit = this.#units.get(name);
    if (!unit) this.#units.set(name, unit = new SteadyUnit(unitAt(this.#schema, path)));
    return unit;
  }

  #shown(name: string, path: readonly string[], value: Leaf["value"]): ShownValue {
    if (value === null) return { name, text: "no value", unit: "" };
    if (typeof value === "boolean") return { name, text: value ? "on" : "off", unit: "" };
    if (!isMeasurement(value)) return { name, text: valueText(value, ""), unit: "" };
    const [text, unit] = this.#unit(name, path).parts(value);
    return { name, text, unit };
  }
}

/** True for a number that does not stand for a missing value. */
function isMeasurement(value: unknown): value is number {
  return typeof value === "number" && sentinel(value) === undefined;
}
