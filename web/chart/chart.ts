/// <reference lib="dom" />
import uPlot from "uplot";
import { drawBands } from "./draw_bands.ts";
import { drawLine, LINE_WIDTH } from "./draw_line.ts";
import { currentPalette } from "./palette.ts";
import { drawMarks } from "./draw_marks.ts";
import { pictureOf } from "./chart_picture.ts";
import { type ChartOptions, type Drawing, type HorizontalAxis, type LineStyle, rangeOf } from "./drawing.ts";
import type { Scale } from "./pen.ts";
import type { ChartPicture } from "./svg.ts";
import { sharedRanges } from "./shared_ranges.ts";
import { Side } from "./side.ts";
import { FONT } from "./value_axis.ts";

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
  /** The left axis, and the right one, if there is one. */
  readonly #sides: Side[];
  readonly #title: HorizontalAxis["title"];
  /** The lines of the last drawing, with their numbers. */
  numbers: Drawing["lines"] = [];
  /** The smallest and the largest number of each line, of what is shown. */
  ranges: { min: number; max: number }[] = [];

  constructor(place: HTMLElement, options: ChartOptions) {
    this.#lines = options.lines;
    this.#title = options.x.title;
    this.#sides = [new Side("y", options), ...options.right ? [new Side("right", options.right)] : []];
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

  /** Changes when another chart has changed the range that they share. */
  get sharing(): number {
    return this.#sides.some(({ isShared }) => isShared) ? sharedRanges.revision.peek() : 0;
  }

  get canvas(): HTMLCanvasElement {
    return this.#plot.ctx.canvas;
  }

  /** The whole content of the chart, for a file. `names` are the names of the lines. */
  picture(title: string, names: readonly string[]): ChartPicture {
    return pictureOf(this.#plot, this.#drawing, { title, names, lines: this.#lines, xTitle: this.#title });
  }

  draw(drawing: Drawing): void {
    const { from, to, scale = {}, rightScale = {} } = drawing;
    this.numbers = drawing.lines;
    this.ranges = drawing.lines.map((parts) => rangeOf(parts, from, to));
    this.#sides.forEach((side, i) => side.take(i === 0 ? scale : rightScale));
    const lines = drawing.lines.map((parts, i) => this.#sideOf(i).onScale(parts));
    this.#drawing = { ...drawing, lines };
    const ranges = lines.map((parts, i) => parts === drawing.lines[i] ? this.ranges[i] : rangeOf(parts, from, to));
    const ends = this.#sides.map((side) => {
      const own = ranges.filter((_, i) => this.#sideOf(i) === side);
      return side.range(Math.min(...own.map(({ min }) => min)), Math.max(...own.map(({ max }) => max)));
    });
    this.#plot.batch(() => {
      // uPlot needs no more than the ends: the lines are drawn from the numbers in memory.
      this.#plot.setData([[from, to], ...this.#lines.map((_, i) => ends[this.#sides.indexOf(this.#sideOf(i))])], false);
      this.#plot.setScale("x", { min: from, max: to });
      this.#sides.forEach(({ key, isInverted }, i) => {
        this.#plot.scales[key].dir = isInverted ? -1 : 1;
        this.#plot.setScale(key, { min: ends[i][0], max: ends[i][1] });
      });
    });
  }

  resize(width: number, height: number): void {
    if (width > 0 && height > 0 && (width !== this.#plot.width || height !== this.#plot.height)) {
      this.#plot.setSize({ width, height });
    }
  }

  destroy(): void {
    for (const side of this.#sides) side.end();
    this.#plot.destroy();
  }

  #options(place: HTMLElement, options: ChartOptions): uPlot.Options {
    const { x, lines, cursorKey, onSelect, onReset, onPoint } = options;
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
      scales: {
        x: { time: false, auto: false },
        ...Object.fromEntries(this.#sides.map(({ key }) => [key, { auto: false }])),
      },
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
        ...this.#sides.map((side) => side.axis(axis)),
      ],
      series: [{}, ...lines.map((line, i) => this.#series(line, this.#sideOf(i).key))],
      hooks: {
        drawAxes: [(canvas) => drawBands(canvas, this.#drawing.bands ?? [], this.#toX())],
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

  #series({ color, alpha = 1 }: LineStyle, scale: string): uPlot.Series {
    const stroke = () => currentPalette().series[color];
    return {
      scale,
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
    const at = index - 1;
    const color = currentPalette().series[this.#lines[at].color];
    const { lines, isCurve } = this.#drawing;
    const scales = { toX: this.#toX(), toY: this.#sideOf(at).toY(this.#plot) };
    const paths = drawLine(this.#plot, lines[at] ?? [], color, { ...scales, isCurve });
    return paths && { ...paths, clip: null, flags: 0 };
  }

  #drawMarks(): void {
    const { series, ink } = currentPalette();
    let row = 0;
    for (const [i, marks] of this.#drawing.marks?.entries() ?? []) {
      if (!marks.length) continue;
      drawMarks(this.#plot, marks, { row: row++, color: series[this.#lines[i].color], ink }, this.#toX());
    }
  }

  #sideOf(line: number): Side {
    return this.#sides[this.#lines[line]?.isRight ? 1 : 0];
  }

  /** From places on the horizontal axis to pixels of the canvas. */
  #toX(): Scale {
    const { bbox: { left, width }, scales: { x } } = this.#plot;
    const perX = width / (x.max! - x.min!);
    return (value) => left + (value - x.min!) * perX;
  }
}
