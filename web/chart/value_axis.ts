/// <reference lib="dom" />
/** The vertical axis: its labels and its width. */
import { prefixFor } from "../words/quantities.ts";
import { magnitude, MAX_DIGITS } from "./digits.ts";

/** The font of the labels, which their widths are measured in. */
export const FONT = "12px system-ui, sans-serif";
/** The minimum width in pixels: most plots then align. */
const MIN_SIZE = 68;
/** The width grows in these steps, so that the plot does not jitter when the labels change. */
const STEP = 12;
const GAP = 8;

/** The width of an axis with these labels, in pixels of the page. */
export function sizeFor(ctx: CanvasRenderingContext2D, labels: readonly string[]): number {
  ctx.save();
  ctx.font = FONT;
  const widest = Math.max(0, ...labels.map((label) => ctx.measureText(label).width));
  ctx.restore();
  return Math.max(MIN_SIZE, Math.ceil((widest + GAP) / STEP) * STEP);
}

/** The labels of an axis: all with one prefix, and as many digits as the step between them needs. */
export function valueLabels(marks: readonly number[], step: number, unit: string): string[] {
  const [divisor, prefix] = prefixFor(Math.max(...marks.map(Math.abs)), unit);
  const numbers = marks.map((mark) => mark / divisor);
  const size = Math.max(...numbers.map(Math.abs));
  const digits = decimalsOf(step / divisor);
  const isFar = size >= 10 ** MAX_DIGITS || (size > 0 && size < 1e-4);
  const write = (number: number) => {
    if (!isFar) return number.toFixed(Math.max(0, digits));
    return number === 0 ? "0" : number.toExponential(Math.max(0, magnitude(number) + digits));
  };
  return numbers.map((number) => `${write(number)} ${prefix}${unit}`.trim());
}

/** The number of decimals of a step; negative for multiples of ten. */
function decimalsOf(step: number): number {
  const decimals = -magnitude(step);
  const leading = step * 10 ** decimals;
  return Math.abs(leading - Math.round(leading)) < 1e-6 ? decimals : decimals + 1;
}
