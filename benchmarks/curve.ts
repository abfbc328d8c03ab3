import type { Figures } from "./measure.ts";
import { knees } from "./statistics.ts";
import type { Context } from "./workload.ts";

/** One place on a curve. */
export interface Point {
  x: number;
  figures: Figures;
}

/** The cost of one unit of work. */
export interface Cost {
  /** With its unit: `CPU s per million events`. */
  what: string;
  of(point: Point): number;
}

const COST: Cost = { what: "CPU s per million events", of: ({ figures }) => figures.serverPerMillion };

/** A curve's cost of a unit of work. */
export function costOf({ cost = COST }: Curve): Cost {
  return cost;
}

/** Where a unit of work costs least, a sentence for each line. */
export function kneeNotes(curve: Curve): string[] {
  const { what, of } = costOf(curve);
  return [...curve.lines].flatMap(([name, points]) => {
    const found = knees(points.map((point) => [point.x, of(point)]));
    if (!found) return [];
    const place = (x: number) => x.toLocaleString("en");
    const range = found.from === found.to
      ? `at ${place(found.from)}`
      : `from ${place(found.from)} to ${place(found.to)}`;
    return [`Knees of ${name}: ${what} are within 1.5 times the least ${range} ${curve.x}.`];
  });
}

/** A cost as a function of a load. */
export interface Curve {
  id: string;
  title: string;
  /** The load. */
  x: string;
  /** A contender's points, in the order of x. */
  lines: Map<string, Point[]>;
  /** The cost of one unit of work, whose knees are marked; CPU seconds of the server per million events, if absent. */
  cost?: Cost;
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
