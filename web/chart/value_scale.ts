import { withUnit } from "../words/quantities.ts";
import type { Line } from "./pen.ts";
import { valueLabels } from "./value_axis.ts";
import { yRange } from "./y_range.ts";

/** The vertical scale that the person chose. */
export interface ValueScale {
  isLogarithmic?: boolean;
  isInverted?: boolean;
  /** True if the axis has one range with the others of the page that are shared and have its unit. */
  isShared?: boolean;
  /** The fixed ends of the axis; each by the numbers that are shown, without it. */
  min?: number;
  max?: number;
}

/** A logarithm's axis has at most this many marks at powers of ten. */
const MAX_DECADES = 8;

/** A line whose numbers are what the axis has: their logarithms on a logarithmic one; NaN for those that have none. */
export function onScale(line: Line, { isLogarithmic }: ValueScale): Line {
  if (!isLogarithmic) return line;
  return { ...line, ys: Float64Array.from(line.ys, (y) => y > 0 ? Math.log10(y) : NaN) };
}

/** The ends of the axis for numbers between these; on a logarithmic axis all are logarithms. */
export function rangeOn(low: number, high: number, { isLogarithmic, min, max }: ValueScale): [number, number] {
  const [from, to] = isLogarithmic ? logarithmicRange(low, high) : yRange(low, high);
  const end = (value: number | undefined, other: number) =>
    value === undefined ? other : !isLogarithmic ? value : value > 0 ? Math.log10(value) : other;
  const range: [number, number] = [end(min, from), end(max, to)];
  return range[0] < range[1] ? range : [range[0], range[0] + (Math.abs(range[0]) || 1)];
}

function logarithmicRange(low: number, high: number): [number, number] {
  if (!(low <= high)) return [0, 1];
  const room = Math.max(0.05, (high - low) * 0.05);
  return [low - room, high + room];
}

/** The marks of the axis. `step` is the distance that leaves room for their labels. */
export function marksOn(from: number, to: number, step: number, { isLogarithmic }: ValueScale): number[] {
  if (!isLogarithmic) return multiples(from, to, step);
  const decades = to - from;
  if (decades < 0.5) {
    // Within a part of a decade: round numbers.
    const [low, high] = [10 ** from, 10 ** to];
    const size = 10 ** Math.floor(Math.log10((high - low) / 3));
    const round = [1, 2, 5].map((n) => n * size).find((it) => (high - low) / it <= 8) ?? 10 * size;
    return multiples(low, high, round).map(Math.log10);
  }
  const digits = decades <= 3 ? [1, 2, 5] : [1];
  const every = Math.ceil(decades / MAX_DECADES);
  const marks: number[] = [];
  for (let power = Math.floor(from); power <= to; power++) {
    if (power % every !== 0) continue;
    for (const digit of digits) marks.push(power + Math.log10(digit));
  }
  return marks.filter((mark) => mark >= from && mark <= to);
}

/** The multiples of a step: computed by whole numbers, so that none is off by a rounding. */
function multiples(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, Math.min(count, 1000)) }, (_, i) => (first + i) * step);
}

/** The labels of the marks. */
export function labelsOn(
  marks: readonly number[],
  step: number,
  unit: string,
  { isLogarithmic }: ValueScale,
): string[] {
  if (!isLogarithmic) return valueLabels(marks, step, unit);
  const closest = Math.min(Infinity, ...marks.slice(1).map((mark, i) => 10 ** (mark - marks[i]) - 1));
  const digits = Math.min(12, Math.max(3, 2 - Math.floor(Math.log10(closest))));
  return marks.map((mark) => withUnit(Number((10 ** mark).toPrecision(12)), unit, digits));
}
