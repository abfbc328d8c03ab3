/** The error from which the clock is corrected at once; a smaller error is corrected by the clock's speed. */
const LEAP_SECONDS = 1;
const CORRECTION = 0.1;

/**
 * A clock that follows another one smoothly. The estimate of the daemon's time is corrected now and then; the plots must not
 * jerk with each correction.
 */
export class SteadyClock {
  readonly #source: () => number;
  readonly #elapsed: () => number;
  #shown = NaN;
  #at = NaN;

  /** Both in seconds: the time to follow, and one that only ever goes forward. */
  constructor(source: () => number, elapsed: () => number = () => performance.now() / 1000) {
    this.#source = source;
    this.#elapsed = elapsed;
  }

  now(): number {
    const [target, at] = [this.#source(), this.#elapsed()];
    const step = at - this.#at;
    const estimate = this.#shown + step;
    const error = target - estimate;
    this.#at = at;
    this.#shown = Math.abs(error) <= LEAP_SECONDS
      ? estimate + Math.sign(error) * Math.min(Math.abs(error), step * CORRECTION)
      : target;
    return this.#shown;
  }
}
