import { unitAt } from "../../../lib/format/channels.ts";
import { schemaOf } from "../../bench/sample_schema.ts";
import type { Line } from "../../chart/pen.ts";
import type { PlotSession } from "../../stream/plot_session.ts";
import type { TimeRange } from "../../stream/view.ts";
import { channelLines } from "../drawing/drawing_of.ts";
import { computed } from "./computed.ts";
import { type Operand, resolveFormula } from "./operands.ts";
import type { OwnLine, OwnPlot } from "./own_plot.ts";

/** The parts of a formula's line in a time range; for a formula with an error, the error in words. */
export function formulaLines(session: PlotSession, text: string, range: TimeRange): Line[] | string {
  const resolved = resolveFormula(text, session.feeds);
  if (typeof resolved === "string") return resolved;
  const { formula, operands } = resolved;
  return computed(formula, operands.map(({ feed, channel }) => channelLines(session, feed, channel, range)));
}

/** The unit of a line: the given unit, or that of its channel. */
export function lineUnit({ formula, unit }: OwnLine, session: PlotSession): string {
  if (unit !== undefined) return unit;
  const resolved = resolveFormula(formula, session.feeds);
  if (typeof resolved === "string" || resolved.operands.length !== 1) return "";
  const [{ feed, channel }] = resolved.operands;
  return isChannel(formula, resolved.operands)
    ? unitAt(schemaOf(feed.deviceId), feed.channels.get(channel)?.path ?? channel.split("."))
    : "";
}

/** True for the name of a channel alone. */
export function isChannel(formula: string, [{ feed, channel }]: readonly Operand[]): boolean {
  return [feed.deviceId, `${feed.deviceId}.${channel}`].includes(formula.replace(/^(["'])(.*)\1$/, "$2"));
}

/** The unit of an axis: the unit of its lines, if they all have the same. */
export function unitOfSide({ lines }: OwnPlot, session: PlotSession, isRight: boolean): string {
  const units = new Set(lines.filter((line) => (line.isRight === true) === isRight).map((it) => lineUnit(it, session)));
  return units.size === 1 ? [...units][0] : "";
}

/** The errors in the formulas of a plot, each once. */
export function problemsOf({ kind, x, lines }: OwnPlot, session: PlotSession): string[] {
  const texts = [...kind === "xy" ? [x ?? ""] : [], ...lines.map(({ formula }) => formula)];
  return [...new Set(texts.map((text) => resolveFormula(text, session.feeds)).filter((it) => typeof it === "string"))];
}
