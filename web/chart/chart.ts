/// <reference lib="dom" />
import uPlot from "uplot";
import { drawBands } from "./draw_bands.ts";
import { drawLine, LINE_WIDTH } from "./draw_line.ts";
import { currentPalette } from "./palette.ts";
import { drawMarks } from "./draw_marks.ts";
import { pictureOf } from "./chart_picture.ts";
import { type ChartOptions, type Drawing, type HorizontalAxis, rangeOf } from "./drawing.ts";
import type { ChartPicture } from "./svg.ts";
import { FONT, sizeFor } from "./value_axis.ts";
import { labelsOn, marksOn, onScale, rangeOn, type ValueScale } from "./value_scale.ts";

/** The room beside the last mark, in pixels: half of the longest label of a time. */
const RIGHT_ROOM = 44;

/**
 * Lines over an axis. uPlot provides the axes, the cursor and the selection; the lines are drawn from the numbers in memory,
 * without a copy.
 */
export class Chart {
  readonly #plot: uPlot;
  readonly #lines: ChartOptions["lines"];
  #drawing: Drawing = { from: 0, to: 1, lines: [] };
  #scale: ValueScale = {};
  readonly #title: HorizontalAxis["title"];
  /** The lines of the last drawing, with their numbers. */
  numbers: Drawing["lines"] = [];
  /** The smallest and the largest number of each line, of what is shown. */
  ranges: { min: number; max: number }[] = [];

  constructor(place: HTMLElement, options: ChartOptions) {
    this.#lines = options.lines;
    this.#title = options.x.title;
    this.#plot = new uPlot(this.#options(place, options), undefined, place);
  }

  /** The width that lines are drawn on, in pixels of the page. */
  get pixels(): number {
    return this.#plot.bbox.width / devicePixelRatio;
  }

  /** The distance of the lines' area from the left edge, in pixels of the page. */
  get left(): number {
    return this.#plot.bbox.left / devicePixelRatio;
  }

  get canvas(): HTMLCanvasElement {
    return this.#plot.ctx.canvas;
  }

  /** All that is shown, for a file. `names` are those of the lines. */
  picture(title: string, names: readonly string[]): ChartPicture {
    return pictureOf(this.#plot, this.#drawing, { title, names, lines: this.#lines, xTitle: this.#title });
  }

  draw(drawing: Drawing): void {
    const { from, to, scale = {} } = drawing;
    this.numbers = drawing.lines;
    this.ranges = drawing.lines.map((parts) => rangeOf(parts, from, to));
    const lines = scale.isLogarithmic
      ? drawing.lines.map((parts) => parts.map((line) => onScale(line, scale)))
      : drawing.lines;
    this.#drawing = { ...drawing, lines };
    this.#scale = scale;
    const drawn = scale.isLogarithmic ? lines.map((parts) => rangeOf(parts, from, to)) : this.ranges;
    const low = Math.min(...drawn.map(({ min }) => min));
    const high = Math.max(...drawn.map(({ max }) => max));
    const [min, max] = rangeOn(low, high, scale);
    this.#plot.scales.y.dir = scale.isInverted ? -1 : 1;
    this.#plot.batch(() => {
      // uPlot needs no more than the ends: the lines are drawn from the numbers in memory.
      this.#plot.setData([[from, to], ...this.#lines.map(() => [min, max])], false);
      this.#plot.setScale("x", { min: from, max: to });
      this.#plot.setScale("y", { min, max });
    });
  }

  resize(width: number, height: number): void {
    if (width > 0 && height > 0 && (width !== this.#plot.width || height !== this.#plot.height)) {
      this.#plot.setSize({ width, height });
    }
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #options(place: HTMLElement, options: ChartOptions): uPlot.Options {
    const { unit, label, x, lines, cursorKey, onSelect, onReset, onPoint } = options;
    const soft = () => currentPalette().soft;
    const axis = {
      stroke: soft,
      grid: { stroke: () => currentPalette().line, width: 1 },
      ticks: { show: false },
      labelFont: FONT,
      font: FONT,
      labelSize: 18,
      labelGap: 0,
    };
    return {
      width: Math.max(100, place.clientWidth),
      height: Math.max(100, place.clientHeight),
      legend: { show: false },
      padding: [8, RIGHT_ROOM, 0, 0],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: onSelect !== undefined, y: false, setScale: false, dist: 5 },
        bind: {
          dblclick: () => () => {
            onReset?.();
            return null;
          },
        },
        ...cursorKey && {
          sync: {
            key: cursorKey,
            scales: ["x", null],
            setSeries: false,
            filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
          },
        },
      },
      scales: { x: { time: false, auto: false }, y: { auto: false } },
      axes: [
        {
          ...axis,
          size: 30,
          space: 90,
          label: ({ scales: { x: { min, max } } }) => x.title(min!, max!),
          ...x.steps && { incrs: x.steps },
          ...x.marks && { splits: (_plot, _axis, min, max, step) => x.marks!(min, max, step) },
          values: (_, marks, _axis, _space, step) => x.labels(marks, step),
        },
        {
          ...axis,
          size: ({ ctx }, texts) => sizeFor(ctx, texts ?? []),
          label,
          splits: (_plot, _axis, min, max, step) => marksOn(min, max, step, this.#scale),
          values: (_, marks, _axis, _space, step) => labelsOn(marks, step, unit, this.#scale),
        },
      ],
      series: [{}, ...lines.map((line) => this.#series(line))],
      hooks: {
        drawAxes: [(canvas) => drawBands(canvas, this.#drawing.bands ?? [], this.#scales().toX)],
        draw: [() => this.#drawMarks()],
        setSelect: [(plot) => {
          const { left, width } = plot.select;
          if (width <= 0) return;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onSelect?.(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
        }],
        setCursor: [(plot) => {
          const { left = -1 } = plot.cursor;
          if (onPoint && plot.over.matches(":hover")) onPoint(left < 0 ? undefined : plot.posToVal(left, "x"));
          else if (left < 0) onPoint?.(undefined);
        }],
      },
    };
  }

  #series({ color, alpha = 1 }: ChartOptions["lines"][number]): uPlot.Series {
    const stroke = () => currentPalette().series[color];
    return {
      stroke,
      fill: stroke,
      alpha,
      width: LINE_WIDTH,
      points: { show: false },
      paths: (_, index) => this.#paths(index),
    };
  }

  /** The line for uPlot to draw; `null` if it was drawn already. */
  #paths(index: number): uPlot.Series.Paths | null {
    const { toX, toY } = this.#scales();
    const color = currentPalette().series[this.#lines[index - 1].color];
    const parts = this.#drawing.lines[index - 1] ?? [];
    const paths = drawLine(this.#plot, parts, color, toX, toY);
    return paths && { ...paths, clip: null, flags: 0 };
  }

  #drawMarks(): void {
    const { series, ink } = currentPalette();
    let row = 0;
    for (const [i, marks] of this.#drawing.marks?.entries() ?? []) {
      if (!marks.length) continue;
      drawMarks(this.#plot, marks, { row: row++, color: series[this.#lines[i].color], ink }, this.#scales().toX);
    }
  }

  /** From values to pixels of the canvas. */
  #scales() {
    const { bbox: { left, top, width, height }, scales: { x, y } } = this.#plot;
    const [perX, perY] = [width / (x.max! - x.min!), height / (y.max! - y.min!)];
    return {
      toX: (value: number) => left + (value - x.min!) * perX,
      toY: this.#scale.isInverted
        ? (value: number) => top + (value - y.min!) * perY
        : (value: number) => top + height - (value - y.min!) * perY,
    };
  }
}
