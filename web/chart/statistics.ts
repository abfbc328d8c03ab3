import type { Line } from "./pen.ts";

/** Statistics of the numbers of a line in a range; all but `count` are NaN without a number. */
export interface Statistics {
  count: number;
  min: number;
  max: number;
  mean: number;
  /** The standard deviation of the sample (n - 1); NaN for one number. */
  deviation: number;
  rms: number;
}

/** The statistics of the numbers between two places on the horizontal axis. NaN is no number. */
export function statisticsOf(parts: readonly Line[], from: number, to: number): Statistics {
  let [count, min, max, mean, squares] = [0, Infinity, -Infinity, 0, 0];
  for (const { xs, ys } of parts) {
    for (let i = 0; i < ys.length; i++) {
      const y = ys[i];
      if (Number.isNaN(y) || xs[i] < from || xs[i] > to) continue;
      count++;
      if (y < min) min = y;
      if (y > max) max = y;
      // Welford: sums of squares of large numbers would lose the difference between them.
      const delta = y - mean;
      mean += delta / count;
      squares += delta * (y - mean);
    }
  }
  if (count === 0) return { count, min: NaN, max: NaN, mean: NaN, deviation: NaN, rms: NaN };
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : NaN;
  return { count, min, max, mean, deviation, rms: Math.hypot(mean, Math.sqrt(squares / count)) };
}

/** The height of a line at a place: between two joined numbers, that of the line; NaN where there is no line. */
export function valueAt(parts: readonly Line[], x: number): number {
  for (const { xs, ys, joined } of parts) {
    if (!ys.length || x < xs[0] || x > xs[ys.length - 1]) continue;
    let [low, high] = [0, ys.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (xs[middle] < x) low = middle + 1;
      else high = middle;
    }
    if (xs[low] === x) return ys[low];
    if (joined?.[low] === 0) return NaN;
    const part = (x - xs[low - 1]) / (xs[low] - xs[low - 1]);
    return ys[low - 1] + part * (ys[low] - ys[low - 1]);
  }
  return NaN;
}
