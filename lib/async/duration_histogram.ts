/** The upper bounds of the buckets of a {@linkcode DurationHistogram}, in seconds. */
export const DURATION_BOUNDS: readonly number[] = [
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  10,
  60,
];

/** Counts durations in buckets of fixed bounds. */
export class DurationHistogram {
  /** The number of durations up to each of {@linkcode DURATION_BOUNDS} and above the one before. */
  readonly counts: number[] = DURATION_BOUNDS.map(() => 0);
  /** The number of all durations, those above the last bound included. */
  count = 0;
  /** The sum of all durations, in seconds. */
  sum = 0;

  observe(seconds: number): void {
    this.count++;
    this.sum += seconds;
    const bucket = DURATION_BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.counts[bucket]++;
  }
}
