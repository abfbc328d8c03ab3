import type { InstrumentClockStatus } from "../../wire/device.ts";

/** Times before the year 2000 are those of a clock that counts from a zero of its own. */
const FIRST_UTC_MS = Date.UTC(2000);

/** A smaller step back is a correction: the time stands still. */
const MIN_STEP_BACK_MS = 50;

/**
 * Until {@linkcode MIN_MINIMA} windows show the least delay, a smaller step forward cannot be distinguished from a
 * delay that became shorter. After that, an offset that lies below all minima by `MIN_STEP_BACK_MS` and twice their
 * spread is a step.
 */
const MAX_STEP_UNSEEN_MS = 1_000;

/** The delay of transport varies, but seldom falls below its minimum: offsets are the minima of such windows. */
const WINDOW_MS = 5_000;

/** The minimum of a window with fewer spans than this says little about the least delay. */
const MIN_SPANS = 5;

/** The number of windows that show the least delay, and the number that is kept: the clocks drift. */
const MIN_MINIMA = 2;
const MAX_MINIMA = 12;

/** The drift is known from so much time on. */
const MIN_DRIFT_SPAN_MS = 30_000;

/** Some samples at equal distances, in milliseconds of the instrument's clock. */
export interface SampleSpan {
  first: number;
  /** From one sample to the next; 0 for one sample. */
  dt: number;
  count: number;
}

/**
 * The clock of an instrument beside the host's: it places the instrument's times, notices when that clock is set, and
 * estimates how fast it drifts. Times never go back, except where the clock was set back by more than a correction.
 */
export class InstrumentClock {
  #origin: "utc" | "own" | undefined;
  /** Milliseconds from the instrument's times to the samples' times. */
  #zero = 0;
  /** The instrument's time of the newest sample, and that sample's time. */
  #last = -Infinity;
  #placed = -Infinity;
  /** The minima of the first and of the newest complete window since the last step, in milliseconds. */
  #first: { at: number; offset: number } | undefined;
  #newest: { at: number; offset: number } | undefined;
  #windowStart = -Infinity;
  #least = Infinity;
  /** The spans in the present window. */
  #spans = 0;
  /** The minima of the last windows with enough spans. */
  #minima: number[] = [];
  #steps = 0;

  /** A new run: a clock with a zero of its own is placed again. */
  begin(): void {
    if (this.#origin === "own") this.#origin = undefined;
    this.#last = -Infinity;
  }

  /**
   * Places samples.
   *
   * @param received The host's time, in milliseconds since 1970.
   * @returns the time of the first sample in microseconds since 1970, and the milliseconds by which the samples' clock was
   * set before it: 0 as a rule.
   */
  place({ first, dt, count }: SampleSpan, received: number): { start: number; step: number } {
    const end = first + dt * (count - 1);
    const origin = first < FIRST_UTC_MS ? "own" : "utc";
    const known = this.#origin;
    const before = this.#least < Infinity ? this.#least : this.#newest?.offset;
    const isSet = known !== undefined && (origin !== known || this.#wasSet(first, dt, received - end - this.#zero));
    if (known === undefined || isSet) {
      this.#origin = origin;
      this.#zero = origin === "own" ? received - end : 0;
      this.#first = this.#newest = undefined;
      this.#least = Infinity;
      this.#minima = [];
      this.#spans = 0;
      this.#windowStart = received;
    }
    const offset = received - end - this.#zero;
    const step = isSet && before !== undefined ? before - offset : 0;
    if (isSet) this.#steps++;
    this.#observe(offset, received);
    const isStep = Math.abs(step) >= MIN_STEP_BACK_MS;
    const start = isStep ? first + this.#zero : Math.max(first + this.#zero, this.#placed);
    this.#last = end;
    this.#placed = start + end - first;
    return { start: Math.round(start * 1000), step: isStep ? step : 0 };
  }

  /**
   * The host's clock was set.
   *
   * @returns true if the samples' times follow it.
   */
  hostSet(stepMs: number): boolean {
    const follows = this.#origin === "own";
    const shift = follows ? 0 : stepMs;
    this.#windowStart += stepMs;
    this.#least += shift;
    this.#minima = this.#minima.map((minimum) => minimum + shift);
    this.#first &&= { at: this.#first.at + stepMs, offset: this.#first.offset + shift };
    this.#newest &&= { at: this.#newest.at + stepMs, offset: this.#newest.offset + shift };
    if (follows) {
      this.#zero += stepMs;
      this.#placed += stepMs;
    }
    return follows;
  }

  status(): InstrumentClockStatus {
    const [first, newest] = [this.#first, this.#newest];
    const span = first && newest ? newest.at - first.at : 0;
    const offset = newest ? Math.min(newest.offset, this.#least) : this.#least;
    return {
      origin: this.#origin ?? "utc",
      offset: Math.round(offset) / 1000 || 0,
      drift: span >= MIN_DRIFT_SPAN_MS ? Math.round((first!.offset - newest!.offset) / span * 1e7) / 10 || 0 : null,
      steps: this.#steps,
    };
  }

  /** @param offset The host's time minus the time of the newest sample. */
  #wasSet(first: number, dt: number, offset: number): boolean {
    const since = first - this.#last;
    if (since < -MIN_STEP_BACK_MS) return true;
    const unseen = this.#unseenMs();
    if (since - dt < unseen) return false;
    // A pause moves both clocks alike. Samples that waited are late, and catch up to the least delay, not beyond it.
    const least = this.#newest ? Math.min(this.#newest.offset, ...this.#minima, this.#least) : Math.min(0, this.#least);
    return offset < least - unseen;
  }

  /** A smaller step forward is taken for a delay that became shorter, in milliseconds. */
  #unseenMs(): number {
    if (this.#minima.length < MIN_MINIMA) return MAX_STEP_UNSEEN_MS;
    const spread = Math.max(...this.#minima) - Math.min(...this.#minima);
    return Math.min(MAX_STEP_UNSEEN_MS, MIN_STEP_BACK_MS + 2 * spread);
  }

  #observe(offset: number, received: number): void {
    this.#least = Math.min(this.#least, offset);
    this.#spans++;
    if (received - this.#windowStart < WINDOW_MS) return;
    this.#newest = { at: received, offset: this.#least };
    this.#first ??= { ...this.#newest };
    if (this.#spans >= MIN_SPANS) this.#minima = [...this.#minima, this.#least].slice(-MAX_MINIMA);
    this.#spans = 0;
    this.#windowStart = received;
    this.#least = offset;
  }
}
