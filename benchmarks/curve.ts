import type { Figures } from "./measure.ts";
import type { Context } from "./workload.ts";

/** One place on a curve. */
export interface Point {
  x: number;
  figures: Figures;
}

/** How a cost grows with something. */
export interface Curve {
  id: string;
  title: string;
  /** What grows. */
  x: string;
  /** A contender's points, in the order of x. */
  lines: Map<string, Point[]>;
  /** What is shown of each point, by its heading. */
  columns: Record<string, (point: Point) => number>;
  notes: string[];
}

/** Makes a curve, or says how much an idle thing costs. */
export interface CurveRun {
  id: string;
  title: string;
  run(context: Context): Promise<Curve>;
}
