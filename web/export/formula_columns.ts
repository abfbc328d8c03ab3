import { traceLines } from "../plots/drawing/drawing_of.ts";
import { computed } from "../plots/own/computed.ts";
import { isChannel, lineUnit } from "../plots/own/lines_of_plot.ts";
import { resolveFormula } from "../plots/own/operands.ts";
import type { OwnLine, OwnPlot } from "../plots/own/own_plot.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import type { NamedChannel } from "./csv.ts";

/** A formula as a column of the device whose samples determine its times. */
export interface FormulaColumn {
  deviceId: string;
  channel: NamedChannel;
}

/**
 * The formulas of the plots that a person has put together, each once: with a value at each sample of its first channel. A
 * channel alone is no formula: it has a column already.
 */
export function formulaColumns(session: PlotSession, plots: readonly OwnPlot[]): FormulaColumn[] {
  const lines = plots.flatMap(({ x, lines }): OwnLine[] => [...x === undefined ? [] : [{ formula: x }], ...lines]);
  const byFormula = new Map(lines.map((line) => [line.formula, line]));
  return [...byFormula.values()].flatMap((line) => {
    const resolved = resolveFormula(line.formula, session.feeds);
    if (typeof resolved === "string") return [];
    const { formula, operands } = resolved;
    if (operands.length === 0 || isChannel(line.formula, operands)) return [];
    const [{ feed }] = operands;
    const [result] = computed(formula, operands.map(({ feed, channel }) => traceLines(session, feed, channel)));
    const { trace: { from } } = session.picture(feed);
    const values = result && { ys: result.ys, from };
    return [{ deviceId: feed.deviceId, channel: { name: line.formula, unit: lineUnit(line, session), values } }];
  });
}
