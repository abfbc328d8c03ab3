import type { Figures } from "./measure.ts";
import type { Context } from "./workload.ts";

/** One place on a curve. */
export interface Point {
  x: number;
  figures: Figures;
}

/** A cost as a function of a load. */
export interface Curve {
  id: string;
  title: string;
  /** The load. */
  x: string;
  /** A contender's points, in the order of x. */
  lines: Map<string, Point[]>;
  /** The columns of the table, by heading. */
  columns: Record<string, (point: Point) => number>;
  notes: string[];
}

/** Makes a curve, or says how much an idle thing costs. */
export interface CurveRun {
  id: string;
  title: string;
  run(context: Context): Promise<Curve>;
}
