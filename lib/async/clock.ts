/** If the clocks differ by more, the wall clock was set, or the machine slept: then the wall clock applies. */
const TOLERANCE_MS = 2;

let offset = performance.timeOrigin;

/**
 * The wall clock in milliseconds since 1970, with a resolution of microseconds. `Date` has only milliseconds;
 * `performance` drifts over the weeks that a daemon runs.
 */
export function now(): number {
  const fine = performance.now() + offset;
  const wall = Date.now();
  if (Math.abs(fine - wall) <= TOLERANCE_MS) return fine;
  offset += wall - fine;
  return wall;
}

/** A smaller step of the wall clock is a correction, and not reported. */
const MIN_STEP_MS = 50;

/**
 * The times of one device's samples. They never go back, unless the wall clock was set back by more than a correction.
 * The host reads this clock before each sample; a reading costs no more than {@linkcode now}.
 */
export class SampleClock {
  /**
   * The milliseconds by which the wall clock was set, against the monotonic one, between the last two readings; negative
   * if it was set back. Also the time for which the machine slept, if its monotonic clock stood still. 0 as a rule.
   */
  step = 0;
  #offset: number;
  #last: number;

  constructor() {
    this.#last = now();
    this.#offset = offset;
  }

  /** The time as of {@linkcode now}. */
  read(): number {
    const time = now();
    this.step = 0;
    if (offset !== this.#offset) {
      const step = offset - this.#offset;
      this.#offset = offset;
      if (Math.abs(step) >= MIN_STEP_MS) {
        this.step = step;
        return this.#last = time;
      }
    }
    return this.#last = Math.max(this.#last, time);
  }
}

let second = NaN;
let prefix = "";

/** RFC 3339 in UTC with microseconds: `2026-11-22T06:25:52.123456Z`. */
export function timestamp(ms: number = now()): string {
  const whole = Math.floor(ms / 1000);
  const micros = Math.floor((ms - whole * 1000) * 1000);
  return `${prefixOf(whole)}${String(micros).padStart(6, "0")}Z`;
}

/** RFC 3339 of whole microseconds since 1970, which are exact. */
export function timestampOfMicros(micros: number): string {
  const whole = Math.floor(micros / 1e6);
  return `${prefixOf(whole)}${String(micros - whole * 1e6).padStart(6, "0")}Z`;
}

/** Whole seconds since 1970 as text, up to the fraction: `2026-11-22T06:25:52.`. */
export function prefixOf(whole: number): string {
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  return prefix;
}
