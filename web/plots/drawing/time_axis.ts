import type { HorizontalAxis } from "../../chart/drawing.ts";
import { dateOf, TIME_STEPS, timeLabels, timeMarks } from "../../chart/time_axis.ts";
import { offsetAt, offsetName } from "../../words/times.ts";

/** The axis of the plots over time, in the zone that the person chose. */
export const timeAxis: HorizontalAxis = {
  steps: TIME_STEPS,
  marks: (from, to, step) => timeMarks(from, to, step, offsetAt),
  labels: (marks, step) => timeLabels(marks, step, offsetAt),
  title: (from, to) => dateOf(from, to, offsetAt, offsetName),
};
