/**
 * Samples with times of the instrument's own clock.
 *
 * @module
 */

/** The last time that a time stamp can name: the end of the year 9999, in milliseconds since 1970. */
const MAX_TIME_MS = 253_402_300_799_999;

/**
 * A time of the instrument's clock: a `Date`, or milliseconds since 1970. Times before the year 2000 are those of a clock
 * that counts from a zero of its own, such as the instrument's start or a run's first sample: the host places that zero on
 * its own clock when the first of them arrives in a run.
 */
export type InstrumentTime = number | Date;

/**
 * A value with the time at which the instrument took it. Made by {@linkcode stamped}.
 *
 * @example
 * ```ts
 * import { type Stamped, stamped } from "labdaemon/driver";
 *
 * // Turns lines such as `1795328752.5 21.3` of a logger into samples.
 * function sampleOf(line: string): Stamped<number> {
 *   const [seconds, value] = line.split(" ").map(Number);
 *   return stamped(seconds * 1000, value);
 * }
 * console.assert(sampleOf("1795328752.5 21.3").time === 1_795_328_752_500);
 * ```
 */
export class Stamped<Sample = unknown> {
  /** In milliseconds, as of {@linkcode InstrumentTime}. */
  readonly time: number;
  readonly value: Sample;
  /** The time from one point to the next of a waveform in one value, in milliseconds; `undefined` for other values. */
  readonly dt: number | undefined;

  constructor(time: InstrumentTime, value: Sample, dt?: number) {
    this.time = checkedTime("stamp a value with the time", time);
    this.value = value;
    this.dt = dt === undefined ? undefined : checkedStep("stamp a value with", dt);
  }
}

/** One channel's values of a block, in order. */
export type Channel = ArrayLike<unknown>;

/** Values of a block: one channel, a list of channels, or channels by name. */
export type BlockValues = Channel | readonly Channel[] | Readonly<Record<string, Channel>>;

/** The input of {@linkcode block}. */
export interface BlockInput<Values extends BlockValues = BlockValues> {
  /** The time of the first value. */
  t0: InstrumentTime;
  /** The time between two values, in milliseconds. */
  dt: number;
  /**
   * One channel: an array or typed array. Several: a list of arrays, or an object of arrays, all of one length. The host
   * reads them before it asks for the next block, so a buffer can be used again.
   */
  values: Values;
}

/**
 * Values that the instrument took at equal distances. Made by {@linkcode block}.
 *
 * @example
 * ```ts
 * import { block, type SampleBlock } from "labdaemon/driver";
 *
 * // A second of a scope's trace: numbers of an 8-bit converter at 1 kHz, as volts.
 * function traceOf(raw: Uint8Array, startMs: number): SampleBlock<Float32Array> {
 *   return block({ t0: startMs, dt: 1, values: Float32Array.from(raw, (step) => (step - 128) / 64) });
 * }
 * const { length, values } = traceOf(new Uint8Array(1000).fill(192), Date.now());
 * console.assert(length === 1000 && values[0] === 1);
 * ```
 */
export class SampleBlock<Values extends BlockValues = BlockValues> {
  /** In milliseconds, as of {@linkcode InstrumentTime}. */
  readonly t0: number;
  /** In milliseconds. */
  readonly dt: number;
  readonly values: Values;
  /** The number of values of each channel. */
  readonly length: number;

  constructor({ t0, dt, values }: BlockInput<Values>) {
    this.t0 = checkedTime("make a block with t0", t0);
    this.dt = checkedStep("make a block with", dt);
    this.values = values;
    this.length = lengthOf(values);
    checkedTime("make a block that ends at", this.t0 + this.dt * Math.max(0, this.length - 1));
  }
}

/**
 * A value with the time at which the instrument took it, to be yielded in the value's place. The sample's `timestamp` is
 * that time, and its `received` the host's.
 *
 * @param time In milliseconds since 1970, a `Date`, or milliseconds of a clock with a zero of its own (see
 * {@linkcode InstrumentTime}).
 * @param dt For a value that is a waveform whose first point was taken at `time`: the milliseconds from one point to
 * the next.
 *
 * @example
 * ```ts
 * import { stamped } from "labdaemon/driver";
 *
 * const sample = stamped(new Date("2026-11-22T06:25:52Z"), 7.31);
 * console.assert(sample.time === 1_795_328_752_000 && sample.value === 7.31);
 * ```
 *
 * @throws {RangeError} if the time is not a number from 0 to the year 9999, or `dt` is not positive.
 */
export function stamped<Sample>(time: InstrumentTime, value: Sample, dt?: number): Stamped<Sample> {
  return new Stamped(time, value, dt);
}

/**
 * Many values at once, as a card with a clock and a buffer of its own gives them. Each value becomes a sample with its own
 * `sequence`, its own `timestamp` (`t0 + n × dt`) and the host's time as `received`. Of several channels, a sample holds
 * one value of each: a list or an object like `values`.
 *
 * Where the schema of the driver's `sample` describes a channel as an array, the whole block is one sample, a waveform:
 * its `timestamp` is `t0`, and its event carries `dt` in seconds.
 *
 * @example A card that counts its samples
 * ```ts
 * import { block, type SampleBlock } from "labdaemon/driver";
 *
 * function* buffers(rate: number): Generator<SampleBlock> {
 *   const dt = 1000 / rate;
 *   for (let count = 0; count < 3_000; count += 1_000) {
 *     yield block({ t0: count * dt, dt, values: new Float32Array(1_000) });
 *   }
 * }
 * console.assert([...buffers(10_000)][2].t0 === 200);
 * ```
 *
 * @example Two channels by name
 * ```ts
 * import { block } from "labdaemon/driver";
 *
 * const { length } = block({ t0: Date.now(), dt: 0.1, values: { x: [1, 2, 3], y: [0, 0, 1] } });
 * console.assert(length === 3);
 * ```
 *
 * @throws {RangeError} if `t0` is not a time, `dt` is not positive, or the channels differ in length.
 * @throws {TypeError} if `values` holds no arrays.
 */
export function block<Values extends BlockValues>(input: BlockInput<Values>): SampleBlock<Values> {
  return new SampleBlock(input);
}

/** True for an array or a typed array. */
export function isChannel(value: unknown): value is Channel {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** True for a list of channels. */
export function isChannelList(values: BlockValues): values is readonly Channel[] {
  return Array.isArray(values) && values.length > 0 && values.every(isChannel);
}

function lengthOf(values: BlockValues): number {
  if (isChannel(values) && !isChannelList(values)) return values.length;
  const channels = Object.values(values ?? {}) as unknown[];
  const [first] = channels;
  if (channels.length === 0 || !channels.every(isChannel)) {
    throw new TypeError("Cannot make a block: its values must be an array, a list of arrays, or an object of arrays");
  }
  const lengths = channels.map(({ length }) => length);
  if (lengths.some((length) => length !== lengths[0])) {
    throw new RangeError(`Cannot make a block: its channels must have one length, found ${lengths.join(", ")}`);
  }
  return (first as Channel).length;
}

function checkedTime(what: string, time: InstrumentTime): number {
  const ms = Number(time);
  if (ms >= 0 && ms <= MAX_TIME_MS) return ms;
  throw new RangeError(`Cannot ${what} ${String(time)}: it must be milliseconds from 0 to the year 9999`);
}

function checkedStep(what: string, dt: number): number {
  if (dt > 0 && dt < Infinity) return dt;
  throw new RangeError(`Cannot ${what} dt ${dt}: it must be a positive number of milliseconds`);
}
