/// <reference lib="dom" />
import { withUnit } from "../words/quantities.ts";
import { colorTable } from "./color_map.ts";
import { currentPalette } from "./palette.ts";
import { FONT } from "./value_axis.ts";

/** In pixels of the page. */
const LEFT = 68;
const RIGHT = 96;
const BOTTOM = 36;
const TOP = 8;
const BAR = 14;

/** A table of numbers to draw, and the words of its axes. */
export interface HeatPicture {
  width: number;
  /** Row after row, the first at the top; NaN where there is nothing. */
  values: ArrayLike<number>;
  unit: string;
  /** The texts at the ends of the axes: left and right, top and bottom; and the name of the horizontal axis. */
  xEnds: [string, string];
  yEnds: [string, string];
  title: string;
  /** True if a cell is a square. */
  isSquare: boolean;
}

/** A table of numbers as colours, with the bar of its colours. */
export class HeatMap {
  readonly canvas: HTMLCanvasElement = document.createElement("canvas");
  readonly #cells = document.createElement("canvas");
  #size = { width: 100, height: 100 };

  constructor(place: HTMLElement) {
    this.canvas.style.width = "100%";
    this.canvas.style.height = "100%";
    this.resize(place.clientWidth, place.clientHeight);
    place.append(this.canvas);
  }

  resize(width: number, height: number): void {
    if (width > 0 && height > 0) this.#size = { width, height };
  }

  destroy(): void {
    this.canvas.remove();
  }

  /** Draws a picture, and returns its smallest and largest number. */
  draw(picture: HeatPicture): { min: number; max: number } {
    const { width, values, isSquare } = picture;
    const height = Math.max(1, Math.ceil(values.length / width));
    const range = this.#paintCells(width, height, values);
    const ratio = devicePixelRatio;
    Object.assign(this.canvas, { width: this.#size.width * ratio, height: this.#size.height * ratio });
    const ctx = this.canvas.getContext("2d")!;
    ctx.scale(ratio, ratio);
    let box = { x: LEFT, y: TOP, w: this.#size.width - LEFT - RIGHT, h: this.#size.height - TOP - BOTTOM };
    if (isSquare) {
      const cell = Math.min(box.w / width, box.h / height);
      box = { ...box, w: cell * width, h: cell * height };
    }
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.#cells, box.x, box.y, box.w, box.h);
    this.#drawWords(ctx, box, picture, range);
    return range;
  }

  #paintCells(width: number, height: number, values: ArrayLike<number>) {
    let [min, max] = [Infinity, -Infinity];
    for (let i = 0; i < values.length; i++) {
      if (values[i] < min) min = values[i];
      if (values[i] > max) max = values[i];
    }
    if (this.#cells.width !== width || this.#cells.height !== height) Object.assign(this.#cells, { width, height });
    const ctx = this.#cells.getContext("2d")!;
    const image = ctx.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const table = colorTable();
    const perValue = max > min ? (table.length - 1) / (max - min) : 0;
    for (let i = 0; i < values.length; i++) {
      if (!Number.isNaN(values[i])) pixels[i] = table[Math.round((values[i] - min) * perValue)];
    }
    ctx.putImageData(image, 0, 0);
    return { min, max };
  }

  #drawWords(
    ctx: CanvasRenderingContext2D,
    { x, y, w, h }: { x: number; y: number; w: number; h: number },
    { unit, xEnds, yEnds, title }: HeatPicture,
    { min, max }: { min: number; max: number },
  ): void {
    const { soft, line } = currentPalette();
    const text = (words: string, at: [number, number], align: CanvasTextAlign, baseline: CanvasTextBaseline) => {
      Object.assign(ctx, { textAlign: align, textBaseline: baseline });
      ctx.fillText(words, ...at);
    };
    Object.assign(ctx, { font: FONT, fillStyle: soft, strokeStyle: line });
    ctx.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    text(xEnds[0], [x, y + h + 6], "left", "top");
    text(xEnds[1], [x + w, y + h + 6], "right", "top");
    text(title, [x + w / 2, y + h + 18], "center", "top");
    text(yEnds[0], [x - 6, y], "right", "top");
    text(yEnds[1], [x - 6, y + h], "right", "bottom");
    if (!(min <= max)) return;
    const bar = x + w + 12;
    const table = colorTable();
    for (let i = 0; i < h; i++) {
      const color = table[Math.round((1 - i / h) * (table.length - 1))];
      ctx.fillStyle = `rgb(${color & 255} ${color >> 8 & 255} ${color >> 16 & 255})`;
      ctx.fillRect(bar, y + i, BAR, 1.5);
    }
    ctx.fillStyle = soft;
    text(withUnit(max, unit), [bar + BAR + 4, y], "left", "top");
    text(withUnit(min, unit), [bar + BAR + 4, y + h], "left", "bottom");
  }
}
