/** The number of lines in one plot: as many as there are distinguishable colours. */
export const MAX_LINES = 8;

/** The numbers of one line. */
export interface Line {
  xs: ArrayLike<number>;
  ys: ArrayLike<number>;
  /** 1 where the line continues from the previous number; if absent, everywhere. */
  joined?: ArrayLike<number>;
}

/** The methods of a `Path2D` that draw a path. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/** The method of a canvas that draws bars. */
export interface Brush {
  fillRect(x: number, y: number, width: number, height: number): void;
}

/** From a value to a pixel. */
export type Scale = (value: number) => number;

/** The part of a line in one column of pixels. */
interface Column {
  x: number;
  first: number;
  low: number;
  high: number;
  last: number;
  /** True if the line is joined to the previous column, or to the next one. */
  isJoined: boolean;
  isContinued: boolean;
}

/**
 * Visits a line by columns of pixels. Only the first, smallest, largest and last number of each column need drawing: the
 * picture is the same, at the cost of the pixels. A NaN ends the line, and so does a number that is not joined.
 */
function eachColumn({ xs, ys, joined }: Line, toX: Scale, visit: (column: Column) => void): void {
  const column = { x: NaN, first: NaN, low: NaN, high: NaN, last: NaN, isJoined: false, isContinued: false };
  const end = (isContinued: boolean) => {
    if (!Number.isNaN(column.x)) {
      column.isContinued = isContinued;
      visit(column);
    }
    column.isJoined = isContinued;
  };
  for (let i = 0; i < ys.length; i++) {
    const y = ys[i];
    const isMissing = Number.isNaN(y);
    if (isMissing || joined?.[i] === 0) {
      end(false);
      column.x = NaN;
    }
    if (isMissing) continue;
    const x = Math.round(toX(xs[i]));
    if (x === column.x) {
      if (y < column.low) column.low = y;
      if (y > column.high) column.high = y;
      column.last = y;
      continue;
    }
    end(!Number.isNaN(column.x));
    column.x = x;
    column.first =
      column.low =
      column.high =
      column.last =
        y;
  }
  end(false);
}

/** Half the length of the dash for a single number, in pixels. */
const HALF_DASH = 2;

/** Draws a line as a path. Smooth, but slow for lines with many turns. */
export function strokeLine(path: Pen, line: Line, toX: Scale, toY: Scale): void {
  eachColumn(line, toX, ({ x, first, low, high, last, isJoined, isContinued }) => {
    const isAlone = !isJoined && !isContinued && low === high;
    if (isJoined) path.lineTo(x, toY(first));
    else path.moveTo(isAlone ? x - HALF_DASH : x, toY(first));
    if (isAlone) path.lineTo(x + HALF_DASH, toY(first));
    if (low === high) return;
    const [start, turn] = last < first ? [high, low] : [low, high];
    for (const value of [start, turn, last]) path.lineTo(x, toY(value));
  });
}

/**
 * Draws a line as one upright bar for each column of pixels. Where there are about as many numbers as pixels it looks the
 * same as a path, and costs a tenth.
 *
 * @param thickness In pixels.
 */
export function fillLine(
  brush: Brush,
  line: Line,
  toX: Scale,
  toY: Scale,
  thickness: number,
): void {
  let [lastX, lastY] = [NaN, NaN];
  const bar = (x: number, one: number, other: number) => {
    const top = Math.round(Math.min(one, other) - thickness / 2);
    brush.fillRect(x, top, thickness, Math.round(Math.abs(one - other)) + thickness);
  };
  eachColumn(line, toX, ({ x, first, low, high, last, isJoined }) => {
    let [top, bottom] = [toY(high), toY(low)];
    if (isJoined) {
      // Bars from the previous column on, one per pixel; the last step becomes part of this column's bar.
      const slope = (toY(first) - lastY) / (x - lastX);
      let y = lastY;
      for (let at = lastX + 1; at < x; at++) bar(at, y, y += slope);
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
    bar(x, top, bottom);
    [lastX, lastY] = [x, toY(last)];
  });
}

/** Draws the points of a line as squares; if several follow each other on one pixel, only the first. */
export function fillPoints(brush: Brush, { xs, ys }: Line, toX: Scale, toY: Scale, size: number): void {
  let [lastX, lastY] = [NaN, NaN];
  for (let i = 0; i < ys.length; i++) {
    if (Number.isNaN(ys[i]) || Number.isNaN(xs[i])) continue;
    const [x, y] = [Math.round(toX(xs[i]) - size / 2), Math.round(toY(ys[i]) - size / 2)];
    if (x === lastX && y === lastY) continue;
    brush.fillRect(x, y, size, size);
    [lastX, lastY] = [x, y];
  }
}
