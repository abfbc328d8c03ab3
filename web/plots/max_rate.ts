/** A newest value is never older than half a second, also where an hour is on the plot. */
const LEAST_HZ = 4;
/** More than any screen can show, and as much as a page with ten devices can take in. */
const MOST_HZ = 1_000;
/** `thin=minmax` gives the smallest and the largest number of each interval. */
const POINTS_PER_PIXEL = 2;

/**
 * How many points a second to ask the daemon for, so that each pixel of the time window gets its smallest and its largest
 * number. In steps of √2: a plot that gets a little wider needs no new stream.
 */
export function maxRate(windowSeconds: number, pixels: number): number {
  const wanted = POINTS_PER_PIXEL * Math.max(1, pixels) / windowSeconds;
  const step = 2 ** (Math.ceil(2 * Math.log2(wanted)) / 2);
  return Number(Math.min(MOST_HZ, Math.max(LEAST_HZ, step)).toPrecision(3));
}
