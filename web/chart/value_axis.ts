/// <reference lib="dom" />
/** The upright axis: what stands at its marks, and how much room that takes. */
import { prefixFor } from "../words/words.ts";
import { magnitude, MOST_DIGITS } from "./digits.ts";

export const FONT = "12px system-ui, sans-serif";
/** Where the labels are not longer, in pixels: so most plots begin at one line. */
const LEAST_SIZE = 68;
/** Grown in such steps, the plot does not shake when the labels change. */
const STEP = 12;
const GAP = 8;

/** How wide an axis with these labels is, in pixels of the page. */
export function sizeFor(ctx: CanvasRenderingContext2D, labels: readonly string[]): number {
  ctx.save();
  ctx.font = FONT;
  const widest = Math.max(0, ...labels.map((label) => ctx.measureText(label).width));
  ctx.restore();
  return Math.max(LEAST_SIZE, Math.ceil((widest + GAP) / STEP) * STEP);
}

/** The labels of an axis: all with one prefix, and as many digits as the step between them needs. */
export function valueLabels(marks: readonly number[], step: number, unit: string): string[] {
  const [divisor, prefix] = prefixFor(Math.max(...marks.map(Math.abs)), unit);
  const numbers = marks.map((mark) => mark / divisor);
  const size = Math.max(...numbers.map(Math.abs));
  const digits = decimalsOf(step / divisor);
  const isFar = size >= 10 ** MOST_DIGITS || (size > 0 && size < 1e-4);
  const write = (number: number) => {
    if (!isFar) return number.toFixed(Math.max(0, digits));
    return number === 0 ? "0" : number.toExponential(Math.max(0, magnitude(number) + digits));
  };
  return numbers.map((number) => `${write(number)} ${prefix}${unit}`.trim());
}

/** How many digits a step has behind the point; negative if it ends before it. */
function decimalsOf(step: number): number {
  const decimals = -magnitude(step);
  const leading = step * 10 ** decimals;
  return Math.abs(leading - Math.round(leading)) < 1e-6 ? decimals : decimals + 1;
}
