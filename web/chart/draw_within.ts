/// <reference lib="dom" />

/** A canvas, and the rectangle of the plot on it, in its pixels. */
export interface Canvas {
  ctx: CanvasRenderingContext2D;
  bbox: { left: number; top: number; width: number; height: number };
}

/** The size of words, in pixels of the page. */
const TEXT = 12;

/** Draws within the plot: nothing outside of it. The context is then as before. */
export function drawWithin(
  { ctx, bbox: { left, top, width, height } }: Canvas,
  draw: (ctx: CanvasRenderingContext2D) => void,
): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

/** Words are drawn below and right of their places. */
export function styleWords(ctx: CanvasRenderingContext2D): void {
  ctx.font = `${TEXT * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
}
