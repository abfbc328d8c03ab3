import type { z } from "zod";
import { Lost } from "../../async/mod.ts";
import { SampleBlock, Stamped } from "../../driver/timed.ts";
import { shortened } from "../../errors.ts";
import { expectedAndFound } from "../../format/expected.ts";
import { encodeJson } from "../../stream/encode.ts";
import { formOf, timedValues } from "../../stream/timed/timed_values.ts";
import type { WaveformForm } from "../../stream/timed/waveform_form.ts";
import type { DriverLines } from "./driver_file/driver_lines.ts";

/** Reports a finding, or with `null` that it is over. */
export type Warn = (type: string, message: string | null) => void;

/** The least time between two checked samples. */
const LOOK_MS = 100;

/** The least time and the least number of yields over which the rate is measured. */
const WINDOW_MS = 2_000;
const MIN_YIELDS = 3;

/** A rate is reported if it differs from the requested one by this factor. */
const FAR = 2;

/** The number of windows in a row that decide: a single one can be an exception. */
const WINDOWS = 2;

/** A sample of more JSON is not compared with its schema. */
const MAX_SAMPLE_CHARS = 100_000;

/** The declaration of a driver's stream. */
export interface DeclaredStream {
  /** The schema of a sample. */
  sample: z.ZodType | undefined;
  /** The option `sample_rate` of the run, in Hz. */
  rate: unknown;
  lines: DriverLines;
  /** The form of blocks that are waveforms. */
  waveforms: WaveformForm | undefined;
}

/**
 * Checks from time to time that a run matches the driver's declaration: samples of the declared schema, at about the
 * requested rate. A sample that is not checked costs one comparison.
 */
export class StreamCheck {
  readonly #declared: DeclaredStream;
  readonly #warn: Warn;
  /** Samples and yields so far. */
  #samples = 0;
  #yields = 0;
  /** The number of values in all waveforms so far: `sample_rate` may mean these. */
  #values = 0;
  #nextLook = 0;
  #looked = -Infinity;
  #lookedAt = 0;
  #window: { at: number; samples: number; yields: number; values: number } | undefined;
  /** Windows in a row with a wrong rate (positive) or a right one (negative); the same for samples. */
  #rateRow = 0;
  #sampleRow = 0;
  #mismatch: string | undefined;
  readonly #reported: Set<string>;

  /** @param reported The types of the findings that are reported and not over, also those of earlier runs. */
  constructor(declared: DeclaredStream, reported: Set<string>, warn: Warn) {
    this.#declared = declared;
    this.#reported = reported;
    this.#warn = warn;
  }

  /** A value was written that became `samples` samples. */
  took(yielded: unknown, samples: number): void {
    this.#samples += samples;
    this.#yields++;
    if (this.#samples >= this.#nextLook && samples > 0) this.#look(yielded);
  }

  #look(yielded: unknown): void {
    if (yielded instanceof Lost) return;
    const now = performance.now();
    const payload = payloadOf(yielded, this.#declared.waveforms);
    this.#values += (this.#samples - this.#lookedAt) * lengthOf(payload);
    this.#lookAt(payload);
    this.#measure(now);
    // The number of samples until the next check, at the present rate.
    const since = now - this.#looked;
    const pace = (this.#samples - this.#lookedAt) / since;
    this.#looked = now;
    this.#lookedAt = this.#samples;
    this.#nextLook = this.#samples + Math.max(1, Math.min(Math.floor(pace * LOOK_MS), this.#nextLook * 2));
  }

  #lookAt(payload: unknown): void {
    const { sample } = this.#declared;
    if (sample) this.#mismatch ??= mismatchOf(sample, payload);
  }

  #measure(now: number): void {
    const state = { at: now, samples: this.#samples, yields: this.#yields, values: this.#values };
    const { at, samples, yields, values } = this.#window ??= state;
    const ms = now - at;
    if (ms < WINDOW_MS || this.#yields - yields < MIN_YIELDS) {
      if (this.#mismatch !== undefined && !this.#reported.has("SampleMismatch")) this.#report("SampleMismatch", 1);
      return;
    }
    this.#window = state;
    const rate = (this.#samples - samples) / ms * 1000;
    const valueRate = (this.#values - values) / ms * 1000;
    this.#judgeRate(rate, valueRate);
    this.#sampleRow = row(this.#sampleRow, this.#mismatch !== undefined);
    this.#report("SampleMismatch", this.#sampleRow);
    this.#mismatch = undefined;
  }

  #judgeRate(rate: number, valueRate: number): void {
    const { rate: asked } = this.#declared;
    if (typeof asked !== "number" || !(asked > 0)) return;
    const isFar = (found: number) => found >= asked * FAR || found <= asked / FAR;
    this.#rateRow = row(this.#rateRow, isFar(rate) && isFar(valueRate));
    if (Math.abs(this.#rateRow) >= WINDOWS) this.#report("RateMismatch", this.#rateRow, rate);
  }

  #report(type: "RateMismatch" | "SampleMismatch", row: number, rate = 0): void {
    if (row > 0 && !this.#reported.has(type)) {
      this.#reported.add(type);
      this.#warn(type, type === "RateMismatch" ? this.#rateText(rate) : this.#sampleText());
    } else if (row <= -WINDOWS && this.#reported.delete(type)) this.#warn(type, null);
  }

  #rateText(rate: number): string {
    const { rate: asked, lines: { pace } } = this.#declared;
    const advice = rate > Number(asked)
      ? "every() takes milliseconds: every(1000 / sample_rate, signal)"
      : "its driver, or its instrument, is slower than it was asked to be";
    return `It gives ${perSecond(rate)}, where sample_rate asks for ${asked}: ${advice}${pace ? ` (${pace})` : ""}`;
  }

  #sampleText(): string {
    const { lines: { sample } } = this.#declared;
    const place = sample ? ` (${sample})` : "";
    return `Its samples do not fit the schema that its driver declares as sample${place}: ${this.#mismatch}`;
  }
}

/** Counts equal results in a row: positive for true, negative for false. */
function row(before: number, is: boolean): number {
  return is ? Math.max(before, 0) + 1 : Math.min(before, 0) - 1;
}

function perSecond(rate: number): string {
  return `${rate >= 100 ? Math.round(rate).toLocaleString("en-US") : Number(rate.toPrecision(2))} samples per second`;
}

function payloadOf(yielded: unknown, waveforms: WaveformForm | undefined): unknown {
  if (yielded instanceof Stamped) return yielded.value;
  if (!(yielded instanceof SampleBlock)) return yielded;
  return waveforms === formOf(yielded) ? yielded.values : timedValues(yielded).payload(0);
}

/** The number of values in a waveform; 1 for any other sample. */
function lengthOf(payload: unknown): number {
  if (Array.isArray(payload)) return payload.length;
  return ArrayBuffer.isView(payload) && "length" in payload ? Number(payload.length) : 1;
}

/** The difference of a sample from its schema; `undefined` if it fits, or cannot be compared. */
function mismatchOf(schema: z.ZodType, payload: unknown): string | undefined {
  try {
    if (schema.safeParse(payload).success) return undefined;
    // The wire carries other values than the driver yields: arrays for typed arrays, text for a Date.
    const text = encodeJson(payload);
    if (text.length > MAX_SAMPLE_CHARS) return undefined;
    const { success, error } = schema.safeParse(JSON.parse(text), { error: expectedAndFound });
    if (success) return undefined;
    // NaN and infinities become null, whatever the schema says.
    const issue = error.issues.find(({ path }) => !isNotFinite(valueAt(payload, path)));
    if (!issue) return undefined;
    const place = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
    return `${place}${issue.message}, in ${shortened(text)}`;
  } catch {
    return undefined;
  }
}

function isNotFinite(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((it, key) => (it as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
