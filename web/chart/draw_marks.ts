/// <reference lib="dom" />
import { type Canvas, drawWithin, styleWords } from "./draw_within.ts";
import type { Scale } from "./pen.ts";

/** In pixels of the page. */
const BAR = 4;
const ROW = 18;
const MIN_WIDTH = 4;
const ROOM = 3;

/** A stretch of samples that are no numbers, and their kind. */
export interface Mark {
  /** Seconds since 1970. */
  from: number;
  to: number;
  word: string;
}

/** Draws the samples of a channel that are no numbers: a bar at the upper edge in its colour, with the word where it fits. */
export function drawMarks(
  canvas: Canvas,
  marks: readonly Mark[],
  { row, color, ink }: { row: number; color: string; ink: string },
  toX: Scale,
): void {
  const { left, top } = canvas.bbox;
  const ratio = devicePixelRatio;
  const y = top + row * ROW * ratio;
  drawWithin(canvas, (ctx) => {
    styleWords(ctx);
    let textEnd = -Infinity;
    for (const { from, to, word } of marks) {
      const x = Math.round(toX(from));
      const wide = Math.max(MIN_WIDTH * ratio, Math.round(toX(to)) - x);
      ctx.fillStyle = color;
      ctx.fillRect(x - MIN_WIDTH * ratio / 2, y, wide + MIN_WIDTH * ratio / 2, BAR * ratio);
      const start = Math.max(x, left) + ROOM * ratio;
      if (start < textEnd) continue;
      ctx.fillStyle = ink;
      ctx.fillText(word, start, y + (BAR + 1) * ratio);
      textEnd = start + ctx.measureText(word).width + 3 * ROOM * ratio;
    }
  });
}
