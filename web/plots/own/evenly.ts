import type { Line } from "../../chart/pen.ts";

/** Samples at even distances, and how they became so. */
export interface EvenSamples {
  values: Float64Array;
  /** In Hz. */
  rate: number;
  /** The largest distance of a sample from its even time, as a part of the interval. */
  unevenness: number;
  /** The longest interval, as a multiple of their mean. */
  longest: number;
  /** True if the line is broken within the range: then these are the samples behind the last break. */
  isPart: boolean;
}

/** A shorter line has no spectrum that says anything. */
export const MIN_SAMPLES = 16;
/** Up to this unevenness samples count as they are. */
export const EVEN = 0.01;
/** With a longer interval, as a multiple of the mean, interpolated values would not be measurements. */
export const MAX_LONGEST = 3;

/**
 * The newest unbroken stretch of a line in a range, as samples at equal distances. Nearly equal distances stay as they
 * are; other samples are interpolated. `undefined` for less than {@linkcode MIN_SAMPLES}.
 */
export function evenly(parts: readonly Line[], from: number, to: number): EvenSamples | undefined {
  const { xs, ys, isPart } = newestStretch(parts, from, to);
  const last = xs.length - 1;
  if (xs.length < MIN_SAMPLES || !(xs[last] > xs[0])) return undefined;
  const interval = (xs[last] - xs[0]) / last;
  let [largest, longest] = [0, 0];
  for (let i = 1; i <= last; i++) {
    largest = Math.max(largest, Math.abs(xs[i] - xs[0] - i * interval));
    longest = Math.max(longest, xs[i] - xs[i - 1]);
  }
  const unevenness = largest / interval;
  const values = unevenness <= EVEN ? Float64Array.from(ys) : resampled(xs, ys, interval);
  return { values, rate: 1 / interval, unevenness, longest: longest / interval, isPart };
}

function newestStretch(parts: readonly Line[], from: number, to: number) {
  let [xs, ys]: [number[], number[]] = [[], []];
  let isPart = false;
  for (const part of parts) {
    for (let i = 0; i < part.ys.length; i++) {
      const x = part.xs[i];
      if (x < from || x > to) continue;
      const isMissing = Number.isNaN(part.ys[i]);
      if (isMissing || part.joined?.[i] === 0) {
        isPart ||= xs.length > 0;
        [xs, ys] = [[], []];
      }
      // The first sample of a part may repeat the last one of the part before.
      if (isMissing || x === xs.at(-1)) continue;
      xs.push(x);
      ys.push(part.ys[i]);
    }
  }
  return { xs, ys, isPart };
}

function resampled(xs: readonly number[], ys: readonly number[], interval: number): Float64Array {
  let at = 1;
  return Float64Array.from(xs, (_, i) => {
    const time = xs[0] + i * interval;
    while (at < xs.length - 1 && xs[at] < time) at++;
    const part = Math.min(1, (time - xs[at - 1]) / (xs[at] - xs[at - 1]));
    return ys[at - 1] + part * (ys[at] - ys[at - 1]);
  });
}
