import type { Line } from "../../chart/pen.ts";
import type { Formula } from "./formula.ts";

/** The parts of the line of each channel of a formula, in the order of its references. */
export type Inputs = readonly (readonly Line[])[];

/**
 * The line of a formula, at the times of its first channel. Channels of the same samples count with their values,
 * channels of other samples with the height of their line at that time. The line has no point where the result is no
 * number.
 */
export function computed({ evaluate }: Pick<Formula, "evaluate">, inputs: Inputs): Line[] {
  const [base] = inputs;
  const values = new Float64Array(inputs.length);
  const readers = inputs.map(lineReader);
  return base.map((part, p) => {
    const { xs, ys: first, joined } = part;
    const isSame = inputs.map((parts) => parts.length === base.length && hasTimesOf(part, parts[p]));
    const ys = new Float64Array(first.length);
    for (let i = 0; i < ys.length; i++) {
      for (let k = 0; k < values.length; k++) values[k] = isSame[k] ? inputs[k][p].ys[i] : readers[k](xs[i]);
      const result = evaluate(values);
      ys[i] = Number.isFinite(result) ? result : NaN;
    }
    return { xs, ys, joined };
  });
}

/** The points of one line over those of another: the values of both at the times of the first. */
export function curve(x: readonly Line[], y: readonly Line[], from: number, to: number): Line[] {
  const reader = lineReader(x);
  return y.map((part, p) => {
    const isSame = x.length === y.length && hasTimesOf(part, x[p]);
    const [xs, ys] = [new Float64Array(part.ys.length), new Float64Array(part.ys.length)];
    for (let i = 0; i < ys.length; i++) {
      const time = part.xs[i];
      xs[i] = isSame ? x[p].ys[i] : reader(time);
      ys[i] = Number.isNaN(xs[i]) || time < from || time > to ? NaN : part.ys[i];
    }
    return { xs, ys, joined: part.joined };
  });
}

function hasTimesOf({ xs }: Line, other: Line): boolean {
  if (xs === other.xs) return true;
  if (!(xs instanceof Float64Array && other.xs instanceof Float64Array)) return false;
  return xs.buffer === other.xs.buffer && xs.byteOffset === other.xs.byteOffset && xs.length === other.xs.length;
}

/** Reads the height of a line at times that do not fall; NaN where there is no line. */
function lineReader(parts: readonly Line[]): (time: number) => number {
  let [p, i] = [0, 0];
  return (time) => {
    for (; p < parts.length; p++, i = 0) {
      const { xs, ys, joined } = parts[p];
      while (i < ys.length && xs[i] < time) i++;
      if (i === ys.length) continue;
      if (xs[i] === time) return ys[i];
      if (i === 0 || joined?.[i] === 0) return NaN;
      return ys[i - 1] + (time - xs[i - 1]) / (xs[i] - xs[i - 1]) * (ys[i] - ys[i - 1]);
    }
    return NaN;
  };
}
