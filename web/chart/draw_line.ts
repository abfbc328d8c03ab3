/// <reference lib="dom" />
import { type Canvas, drawWithin } from "./draw_within.ts";
import { fillLine, fillPoints, type Line, type Scale, strokeLine } from "./pen.ts";

/** In pixels of the page. */
export const LINE_WIDTH = 1.5;
/** Points at least this many pixels apart are drawn as dots. */
const ROOM_FOR_DOTS = 8;
const DOT = 4;
/** A curve of more points would cost a frame its time. */
const MAX_CURVE = 2_000;

/**
 * The paths of a line's parts and, if there is room, of its samples. `null` if the line was drawn already. A curve with
 * many points is drawn as points only.
 */
export function drawLine(
  canvas: Canvas,
  parts: readonly Line[],
  color: string,
  { toX, toY, isCurve }: { toX: Scale; toY: Scale; isCurve?: boolean },
) {
  const pixels = canvas.bbox.width / devicePixelRatio;
  const count = parts.reduce((sum, { ys }) => sum + ys.length, 0);
  if (isCurve ? count > MAX_CURVE : count * 2 > pixels) {
    drawWithin(canvas, (ctx) => {
      ctx.fillStyle = color;
      for (const line of parts) {
        if (isCurve) fillPoints(ctx, line, toX, toY, Math.round(2 * devicePixelRatio));
        else fillLine(ctx, line, toX, toY, Math.round(LINE_WIDTH * devicePixelRatio * 0.8));
      }
    });
    return null;
  }
  const stroke = new Path2D();
  const points = count * ROOM_FOR_DOTS < pixels ? new Path2D() : null;
  for (const line of parts) {
    strokeLine(stroke, line, toX, toY);
    if (points) dots(points, line, toX, toY);
  }
  return { stroke, fill: points };
}

function dots(path: Path2D, { xs, ys }: Line, toX: Scale, toY: Scale): void {
  const size = DOT * devicePixelRatio;
  for (let i = 0; i < ys.length; i++) {
    if (!Number.isNaN(ys[i])) path.rect(toX(xs[i]) - size / 2, toY(ys[i]) - size / 2, size, size);
  }
}
