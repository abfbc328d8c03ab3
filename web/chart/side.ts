/// <reference lib="dom" />
import type uPlot from "uplot";
import type { Line } from "./pen.ts";
import { sharedRanges } from "./shared_ranges.ts";
import { sizeFor } from "./value_axis.ts";
import { labelsOn, marksOn, onScale, rangeOn, type ValueScale } from "./value_scale.ts";

/** The label of a vertical axis. */
export interface SideOptions {
  /** The unit of all lines of the side; empty, if they have several or none. */
  unit: string;
  label?: string;
}

/** A vertical axis of a chart, at its left or its right. */
export class Side {
  /** The name of its scale in uPlot. */
  readonly key: "y" | "right";
  readonly #options: SideOptions;
  #scale: ValueScale = {};
  /** Names it among the axes that share a range. */
  readonly #owner = Symbol();

  constructor(key: Side["key"], options: SideOptions) {
    this.key = key;
    this.#options = options;
  }

  /** The axis as uPlot draws it. `base` has the options that all axes share. */
  axis(base: uPlot.Axis): uPlot.Axis {
    const isRight = this.key === "right";
    return {
      ...base,
      scale: this.key,
      ...isRight && { side: 1, grid: { show: false } },
      size: ({ ctx }, texts) => sizeFor(ctx, texts ?? []),
      label: this.#options.label,
      splits: (_plot, _axis, min, max, step) => marksOn(min, max, step, this.#scale),
      values: (_, marks, _axis, _space, step) => labelsOn(marks, step, this.#options.unit, this.#scale),
    };
  }

  /** Takes the scale of the next drawing. */
  take(scale: ValueScale): void {
    this.#scale = scale;
  }

  /** The parts of a line as the axis has them. */
  onScale(parts: readonly Line[]): readonly Line[] {
    return this.#scale.isLogarithmic ? parts.map((line) => onScale(line, this.#scale)) : parts;
  }

  /** The ends of the axis for numbers between these, which are on its scale. */
  range(low: number, high: number): [number, number] {
    const { isShared, isLogarithmic } = this.#scale;
    const group = isShared ? `${this.#options.unit}${isLogarithmic ? " log" : ""}` : undefined;
    return rangeOn(...sharedRanges.join(group, this.#owner, [low, high]), this.#scale);
  }

  /** Ends to share its range. */
  end(): void {
    sharedRanges.leave(this.#owner);
  }

  /** From values to pixels of the canvas. */
  toY({ bbox: { top, height }, scales }: uPlot): (value: number) => number {
    const { min, max } = scales[this.key];
    const perValue = height / (max! - min!);
    return this.#scale.isInverted
      ? (value) => top + (value - min!) * perValue
      : (value) => top + height - (value - min!) * perValue;
  }

  /** True if several charts share the range of the axis. */
  get isShared(): boolean {
    return this.#scale.isShared === true;
  }

  get isInverted(): boolean {
    return this.#scale.isInverted === true;
  }
}
