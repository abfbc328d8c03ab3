import uPlot from "uplot";

/** Relative to the numbers: a double does not resolve finer differences well enough to draw them. */
const MIN_DRAWN_SPAN = 1e-12;
/** Relative to the numbers: uPlot treats smaller differences as none. */
const MIN_UPLOT_SPAN = 1e-9;
/** The smallest span that uPlot resolves. */
const MIN_RESOLUTION = 1e-24;
/** Relative to the height: a line at the edge would be clipped. */
const EDGE_ROOM = 0.02;

/** The range of an axis for numbers between these, with room at the edges. */
export function yRange(low: number, high: number): [min: number, max: number] {
  if (!(low <= high)) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const span = high - low;
  if (span <= Math.max(MIN_RESOLUTION, size * MIN_DRAWN_SPAN)) {
    const around = size > MIN_RESOLUTION ? size : 1;
    return [low - around, high + around];
  }
  const [min, max] = span < size * MIN_UPLOT_SPAN
    ? [low - span / 10, high + span / 10]
    : uPlot.rangeNum(low, high, 0.1, true) as [number, number];
  const room = (max - min) * EDGE_ROOM;
  return [Math.min(min, low - room), Math.max(max, high + room)];
}
