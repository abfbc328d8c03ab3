import { sentinel } from "../../format/sentinels.ts";

/** The columns of a channel. */
export const THINNED_COLUMNS = 6;

/**
 * One channel in intervals of the same length: of each, the smallest and the largest number, and one sample that is no
 * measurement, with their times in microseconds: the first number that stands for an overload, else the first sample without a
 * number. The memory depends on the number of intervals alone.
 */
export class ThinnedChannel {
  readonly #lows: Float64Array;
  readonly #highs: Float64Array;
  readonly #lowTimes: Float64Array;
  readonly #highTimes: Float64Array;
  readonly #otherTimes: Float64Array;
  /** The numbers that stand for an overload; NaN for none. */
  readonly #others: Float64Array;

  constructor(intervals: number, columns?: readonly Float64Array[]) {
    const none = () => new Float64Array(intervals).fill(NaN);
    [
      this.#lows = none(),
      this.#highs = none(),
      this.#lowTimes = none(),
      this.#highTimes = none(),
      this.#otherTimes = none(),
      // Summaries of earlier versions have none.
      this.#others = none(),
    ] = columns ?? [];
  }

  /** The contents of the channel, as {@linkcode THINNED_COLUMNS} columns of numbers. */
  get columns(): readonly Float64Array[] {
    return [this.#lows, this.#highs, this.#lowTimes, this.#highTimes, this.#otherTimes, this.#others];
  }

  /** @param interval The number of the interval in which `time` is. */
  add(interval: number, time: number, value: number | null): void {
    if (value === null || !Number.isFinite(value)) return this.#addOther(interval, time, NaN);
    if (sentinel(value)) return this.#addOther(interval, time, value);
    const isFirst = Number.isNaN(this.#lows[interval]);
    if (isFirst || value < this.#lows[interval]) {
      this.#lows[interval] = value;
      this.#lowTimes[interval] = time;
    }
    if (isFirst || value > this.#highs[interval]) {
      this.#highs[interval] = value;
      this.#highTimes[interval] = time;
    }
  }

  #addOther(interval: number, time: number, value: number): void {
    const isFirst = !(this.#otherTimes[interval] <= time);
    const isOverload = !Number.isNaN(value);
    const hasOverload = !Number.isNaN(this.#others[interval]);
    if (isOverload === hasOverload ? !isFirst : hasOverload) return;
    this.#otherTimes[interval] = time;
    this.#others[interval] = value;
  }

  /**
   * Adds the contents of this channel to a channel with other intervals.
   *
   * @param intervalOf The other channel's interval of a time; -1 for none.
   */
  addTo(channel: ThinnedChannel, intervalOf: (time: number) => number): void {
    const add = (time: number, value: number | null) => {
      const interval = intervalOf(time);
      if (interval >= 0) channel.add(interval, time, value);
    };
    for (let i = 0; i < this.#lows.length; i++) {
      if (!Number.isNaN(this.#lows[i])) {
        add(this.#lowTimes[i], this.#lows[i]);
        add(this.#highTimes[i], this.#highs[i]);
      }
      if (!Number.isNaN(this.#otherTimes[i])) add(this.#otherTimes[i], this.#otherAt(i));
    }
  }

  #otherAt(interval: number): number | null {
    const value = this.#others[interval];
    return value === value ? value : null;
  }

  /** The chosen samples before `end`, in the order of their times. */
  points(end: number): { times: number[]; values: (number | null)[] } {
    const times: number[] = [];
    const values: (number | null)[] = [];
    for (let i = 0; i < this.#lows.length; i++) {
      const found: [time: number, value: number | null][] = [];
      if (!Number.isNaN(this.#lows[i])) {
        found.push([this.#lowTimes[i], this.#lows[i]]);
        if (this.#highs[i] !== this.#lows[i]) found.push([this.#highTimes[i], this.#highs[i]]);
      }
      if (!Number.isNaN(this.#otherTimes[i])) found.push([this.#otherTimes[i], this.#otherAt(i)]);
      found.sort(([a], [b]) => a - b);
      for (const [time, value] of found) {
        if (time >= end) continue;
        times.push(time);
        values.push(value);
      }
    }
    return { times, values };
  }
}
