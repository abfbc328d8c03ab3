import { prefixFor } from "./quantities.ts";

/** The time for which a smaller prefix has to fit before it is taken. */
const PERIOD_SECONDS = 30;
/** The largest value of a channel without a prefix is at least this. */
const MIN_PLAIN = 0.1;
/** A prefix fits up to here: with its next one the number would be shorter than `1`. */
const MAX_PLAIN = 10_000;
const DIGITS = 4;
const MAX_DECIMALS = 9;

/**
 * The prefix and the number of decimals with which all values of one channel are written, so that they compare at a glance:
 * `0.440 V` and `0.001 V`, not `0.44 V` and `1.04 mV`. A larger prefix is taken at once; a smaller one after all values of
 * half a minute are that small.
 */
export class SteadyUnit {
  readonly unit: string;
  #step = 0;
  #prefix = "";
  #decimals = 0;
  #hasFraction = false;
  /** The largest value of the present period, and of the one before. */
  #peak = 0;
  #peakBefore = 0;
  #periodEnd = -Infinity;

  /** @param unit The unit that the schema gives; empty without one. */
  constructor(unit: string) {
    this.unit = unit;
  }

  /** Notes a value at a time in seconds: it decides how all values are written. */
  add(value: number, time: number): void {
    if (!Number.isFinite(value)) return;
    if (time >= this.#periodEnd) {
      this.#peakBefore = this.#periodEnd === -Infinity ? 0 : this.#peak;
      this.#peak = 0;
      this.#periodEnd = time + PERIOD_SECONDS;
    }
    this.#peak = Math.max(this.#peak, Math.abs(value));
    this.#hasFraction ||= !Number.isInteger(value);
    this.#choose(Math.max(this.#peak, this.#peakBefore));
  }

  /** A value in parts: the number, and the unit with the prefix. */
  parts(value: number): [number: string, unit: string] {
    if (!Number.isFinite(value)) return ["–", ""];
    const number = (value / (this.#step || 1)).toFixed(this.#decimals).replace(/^-/, "−");
    return [number, `${this.#prefix}${this.unit}`];
  }

  #choose(peak: number): void {
    const [step, prefix] = prefixFor(peak, this.unit, MIN_PLAIN);
    const shown = peak / (this.#step || 1);
    // Without a prefix numbers are short up to 10,000: the way back begins at a thousandth of it.
    const fits = this.#step !== 0 && step < this.#step && shown >= 0.5 && shown < MAX_PLAIN;
    if (!fits) [this.#step, this.#prefix] = [step, prefix];
    const size = peak / this.#step;
    const before = size > 0 ? Math.floor(Math.log10(size)) + 1 : 1;
    const isWhole = this.#step === 1 && !this.#hasFraction;
    this.#decimals = isWhole ? 0 : Math.min(MAX_DECIMALS, Math.max(0, DIGITS - Math.max(1, before)));
    // A number below one keeps its first digits, as of `0.0123`.
    if (!isWhole && before < 1) this.#decimals = Math.min(MAX_DECIMALS, DIGITS - before);
  }
}
