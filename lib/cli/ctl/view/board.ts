import type { ReceivedEvent } from "../../../client/mod.ts";
import { channels, distinctNames, nameOf } from "../../../format/channels.ts";
import { isPackedArray, unpackArray } from "../../../wire/packed_array.ts";
import { numberText } from "../../../format/number_text.ts";
import { RateMeter } from "../../../format/rate_meter.ts";
import { EventMessages } from "./event_messages.ts";

/** The number of values that a sparkline shows. */
const MAX_POINTS = 60;

/** The number of messages that are kept. */
const MAX_MESSAGES = 4;

/** The significant digits of a number. */
const DIGITS = 7;

/** The state of a device without a report. */
const UNKNOWN = "unknown";

/** One value of a device's samples. */
export interface BoardChannel {
  /** The newest, as text without its unit. */
  text: string;
  /** The length of the longest text so far: the text behind it keeps its place. */
  width: number;
  /** The points of the sparkline: the last numbers, or the newest list of numbers. */
  points: readonly number[];
}

/** One device, as its events describe it. */
export interface DeviceView {
  state: string;
  /** The message of the device's failure, until the device streams again. */
  failure?: string;
  /** The number of the newest sample, and its arrival by the monotonic clock. */
  sequence?: number;
  arrived?: number;
  lost: number;
  meter: RateMeter;
  channels: Map<string, BoardChannel>;
}

/** The devices and messages that `ctl watch` shows, without their layout. */
export class Board {
  readonly devices = new Map<string, DeviceView>();
  /** The newest messages, the newest last. */
  readonly messages: { time: number; text: string }[] = [];
  /** The reason and the time of the lost connection; `undefined` while the connection stands. */
  disconnected: { since: number; text: string } | undefined;
  readonly #eventMessages = new EventMessages();
  readonly #onMessage: (text: string) => void;

  /** @param onMessage Called with each message. */
  constructor(onMessage: (text: string) => void = () => {}) {
    this.#onMessage = onMessage;
  }

  /** Adds a device, unless the board has it already. */
  add(id: string, state = UNKNOWN): DeviceView {
    const view = this.devices.get(id) ?? { state, lost: 0, meter: new RateMeter(), channels: new Map() };
    this.devices.set(id, view);
    return view;
  }

  /** Notes that the connection to the daemon is lost. */
  disconnect(text: string): void {
    if (!this.disconnected) this.#report(`The connection is lost: ${text}`);
    this.disconnected = { since: this.disconnected?.since ?? performance.now(), text };
    for (const view of this.devices.values()) {
      view.state = UNKNOWN;
      view.meter.reset();
    }
  }

  /** Applies an event of the stream. */
  apply(event: ReceivedEvent): void {
    if (this.disconnected) {
      this.#report(`The daemon is back after ${Math.round((performance.now() - this.disconnected.since) / 1000)} s`);
      this.disconnected = undefined;
    }
    const message = this.#eventMessages.messageOf(event);
    if (message) this.#report(message);
    if (event.event === "device_state" && event.data.reason === "removed") {
      return void this.devices.delete(event.device_id);
    }
    const view = this.add(event.device_id);
    if (event.event === "device_data") applySample(view, event);
    if (event.event === "clock") view.meter.reset();
    if (event.event === "gap") view.lost += event.data.lost ?? 0;
    if (event.event === "stream_error") view.failure = event.data.error.message;
    if (event.event === "device_state") {
      view.state = event.data.state;
      if (view.state !== "streaming") view.meter.reset();
      view.failure = view.state === "streaming" ? undefined : event.data.error?.message ?? view.failure;
    }
  }

  #report(text: string): void {
    this.messages.push({ time: Date.now(), text });
    if (this.messages.length > MAX_MESSAGES) this.messages.shift();
    this.#onMessage(text);
  }
}

function applySample(view: DeviceView, { sequence = 0, timestamp, payload }: ReceivedEvent): void {
  view.sequence = sequence;
  view.arrived = performance.now();
  view.meter.add(sequence, Date.parse(timestamp));
  const before = view.channels;
  // A channel that the newest sample does not have is not shown.
  const values = channels(payload);
  const names = distinctNames(values.map(([path]) => nameOf(path)));
  view.channels = new Map(names.map((name, i) => {
    const last = before.get(name);
    const shown = shownOf(values[i][1], last);
    return [name, { ...shown, width: Math.max(last?.width ?? 0, shown.text.length) }];
  }));
}

function shownOf(value: unknown, before: BoardChannel | undefined): Pick<BoardChannel, "text" | "points"> {
  if (typeof value === "number" || value === null) {
    const points = [...before?.points ?? [], value ?? NaN].slice(-MAX_POINTS);
    return { text: textOf(value), points };
  }
  if (!Array.isArray(value) && !isPackedArray(value)) return { text: textOf(value), points: [] };
  const numbers = Array.isArray(value)
    ? value.map((item) => typeof item === "number" ? item : NaN)
    : Array.from(unpackArray(value) ?? [], Number);
  const size = Array.isArray(value) ? `[${value.length}]` : `${value.dtype} [${value.shape.join(" × ")}]`;
  const finite = numbers.filter(Number.isFinite);
  if (!finite.length) return { text: size, points: [] };
  const [low, high] = finite.reduce(([low, high], it) => [Math.min(low, it), Math.max(high, it)], [
    Infinity,
    -Infinity,
  ]);
  return { text: `${size} ${textOf(low)} … ${textOf(high)}`, points: numbers };
}

function textOf(value: unknown): string {
  if (typeof value !== "number") return typeof value === "string" ? value : JSON.stringify(value);
  return numberText(value, DIGITS);
}
