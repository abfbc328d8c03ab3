import type { Band } from "./draw_bands.ts";
import type { Mark } from "./draw_marks.ts";
import type { Line } from "./pen.ts";
import type { SideOptions } from "./side.ts";
import type { ValueScale } from "./value_scale.ts";

/** The horizontal axis of a chart. */
export interface HorizontalAxis {
  /** The distances that its marks may have; round numbers by default. */
  steps?: number[];
  /** The marks of the axis; the multiples of the step by default. */
  marks?: (from: number, to: number, step: number) => number[];
  labels: (marks: number[], step: number) => string[];
  /** The text below it. */
  title: (from: number, to: number) => string;
}

/** The style of a line. */
export interface LineStyle {
  color: number;
  alpha?: number;
  /** True if the line's axis is the right one. */
  isRight?: boolean;
}

/** Options of a chart. They do not change. `unit` and `label` are those of its left axis. */
export interface ChartOptions extends SideOptions {
  x: HorizontalAxis;
  lines: LineStyle[];
  /** The axis at the right; none by default. */
  right?: SideOptions;
  /** Charts of one key share their cursor. */
  cursorKey?: string;
  onSelect?: (from: number, to: number) => void;
  onReset?: () => void;
  /** Gets the position of the pointer; `undefined` when it leaves. */
  onPoint?: (x: number | undefined) => void;
}

/** The data and the ranges that a chart shows. */
export interface Drawing {
  from: number;
  to: number;
  /** In the order of the chart's lines: the parts of each, the earliest first. */
  lines: readonly (readonly Line[])[];
  bands?: readonly Band[];
  /** In the order of the chart's lines: the samples that are no numbers. */
  marks?: readonly (readonly Mark[])[];
  scale?: ValueScale;
  /** The scale of the right axis. */
  rightScale?: ValueScale;
  /** True if the lines go anywhere, and not only to the right. */
  isCurve?: boolean;
}

/** The smallest and the largest number between `from` and `to`. */
export function rangeOf(parts: readonly Line[], from: number, to: number) {
  let [min, max] = [Infinity, -Infinity];
  for (const { xs, ys } of parts) {
    for (let i = 0; i < ys.length; i++) {
      if (xs[i] < from || xs[i] > to) continue;
      const value = ys[i];
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return { min, max };
}
