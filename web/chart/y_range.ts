import uPlot from "uplot";

/** Of its size; a double does not hold finer differences well enough to draw them. */
const FINEST = 1e-12;
/** Of its size; uPlot takes numbers that differ by less than about that for one. */
const FINE = 1e-9;
/** uPlot knows no finer numbers. */
const NOTHING = 1e-24;
/** Of the height: a line at the edge would be cut through lengthwise, or not be seen at all. */
const ROOM = 0.02;

/** From where to where an axis goes for numbers between these; a line is never at its very edge. */
export function yRange(low: number, high: number): [min: number, max: number] {
  if (!(low <= high)) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const span = high - low;
  if (span <= Math.max(NOTHING, size * FINEST)) {
    const around = size > NOTHING ? size : 1;
    return [low - around, high + around];
  }
  const [min, max] = span < size * FINE
    ? [low - span / 10, high + span / 10]
    : uPlot.rangeNum(low, high, 0.1, true) as [number, number];
  const room = (max - min) * ROOM;
  return [Math.min(min, low - room), Math.max(max, high + room)];
}
