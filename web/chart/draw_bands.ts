/// <reference lib="dom" />
import { type Canvas, drawWithin, styleWords } from "./draw_within.ts";
import { currentPalette } from "./palette.ts";
import type { Scale } from "./pen.ts";

/** In pixels of the page: a lost sample must be seen, however short it was. */
const MIN_WIDTH = 2;
const ROOM = 4;
const NOTE_TOP = 40;

/** A time range without a line, and the reason; or a note at a moment. */
export interface Band {
  kind: "gap" | "state" | "outage" | "note";
  /** The text drawn into it. */
  word: string;
  /** Seconds since 1970. */
  from: number;
  to: number;
}

/** Draws bands, with their words where there is room. */
export function drawBands(canvas: Canvas, bands: readonly Band[], toX: Scale): void {
  if (!bands.length) return;
  const { top, height } = canvas.bbox;
  const palette = currentPalette();
  const ratio = devicePixelRatio;
  const hairline = Math.ceil(ratio);
  drawWithin(canvas, (ctx) => {
    styleWords(ctx);
    let lastEnd = -Infinity;
    for (const { kind, word, from, to } of bands) {
      const x = Math.round(toX(from));
      const wide = Math.max(Math.ceil(MIN_WIDTH * ratio), Math.round(toX(to)) - x);
      ctx.fillStyle = kind === "state"
        ? palette.soft
        : kind === "gap"
        ? palette.bad
        : kind === "note"
        ? palette.ink
        : palette.warn;
      ctx.globalAlpha = 0.16;
      ctx.fillRect(x, top, wide, height);
      ctx.globalAlpha = 1;
      ctx.fillRect(x, top, hairline, height);
      if (kind === "gap") ctx.fillRect(x + wide - hairline, top, hairline, height);
      const textWidth = ctx.measureText(word).width + 2 * ROOM * ratio;
      if (kind === "note") {
        // Below the words of the states, and as long as it is; a rim keeps it apart from the lines behind it.
        ctx.strokeStyle = palette.card;
        ctx.lineWidth = ROOM * ratio;
        ctx.lineJoin = "round";
        ctx.strokeText(word, x + ROOM * ratio, top + NOTE_TOP * ratio);
        ctx.fillText(word, x + ROOM * ratio, top + NOTE_TOP * ratio);
        continue;
      }
      if (textWidth > wide || x < lastEnd) continue;
      ctx.fillText(word, x + ROOM * ratio, top + ROOM * ratio);
      lastEnd = x + textWidth;
    }
  });
}
