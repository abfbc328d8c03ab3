/// <reference lib="dom" />
import { Chart } from "../../chart/chart.ts";
import type { Band } from "../../chart/draw_bands.ts";
import { type Drawing, rangeOf } from "../../chart/drawing.ts";
import type { Line } from "../../chart/pen.ts";
import { valueLabels } from "../../chart/value_axis.ts";
import { yRange } from "../../chart/y_range.ts";
import type { PlotSession } from "../../stream/plot_session.ts";
import { bandsOfDevice } from "../drawing/drawing_of.ts";
import { type PlotDrawing, plotOverTime } from "../drawing/over_time.ts";
import { settingsOf } from "../drawing/plot_settings.ts";
import { curve } from "./computed.ts";
import { formulaLines, lineUnit, unitOfSide } from "./lines_of_plot.ts";
import { needsOf } from "./operands.ts";
import type { OwnPlot } from "./own_plot.ts";
import { axisKeys } from "./own_plots.ts";

/** Draws the formulas of a plot over time. */
export function ownTimePlot(element: HTMLElement, session: PlotSession, plot: OwnPlot): PlotDrawing {
  return plotOverTime(element, session, {
    ...sidesOf(plot, session),
    settings: settingsReader(plot),
    drawing: (range) => ({
      lines: plot.lines.map(({ formula }) => drawable(formulaLines(session, formula, range))),
      bands: bandsOf(session, plot, range),
      ...scalesOf(plot),
    }),
    words: () => `Plot of ${namesOf(plot)} over time`,
  });
}

/** Draws formulas of a plot over another formula, for the time range of the page. */
export function ownXyPlot(element: HTMLElement, session: PlotSession, plot: OwnPlot): PlotDrawing {
  const x = { formula: plot.x ?? "" };
  const chart = new Chart(element, {
    ...sidesOf(plot, session),
    x: {
      labels: (marks, step) => valueLabels(marks, step, lineUnit(x, session)),
      title: () => x.formula,
    },
  });
  const settings = settingsReader(plot);
  let drawn: unknown[] = [];
  const draw = () => {
    const range = session.view.range;
    const samples = [...session.feeds.values()].reduce((sum, feed) => sum + feed.samples, 0);
    const at = session.view.isHalted.value ? `${range.from} ${range.to}` : samples;
    const key = [at, session.revision.value, settings(), chart.sharing];
    if (key.every((part, i) => part === drawn[i])) return false;
    drawn = key;
    const across = drawable(formulaLines(session, x.formula, range));
    const lines = plot.lines.map(({ formula }) =>
      curve(across, drawable(formulaLines(session, formula, range)), range.from, range.to)
    );
    const [from, to] = yRange(...endsOf(lines));
    chart.draw({ from, to, lines, isCurve: true, ...scalesOf(plot) });
    element.ariaLabel = `Plot of ${namesOf(plot)} over ${x.formula}`;
    return true;
  };
  return {
    chart,
    resize: (width, height) => chart.resize(width, height),
    draw,
    next: () => Infinity,
    end: () => chart.destroy(),
  };
}

/** The axes and the styles of a plot's lines. */
export function sidesOf(plot: OwnPlot, session: PlotSession) {
  const hasRight = plot.lines.some(({ isRight }) => isRight);
  return {
    unit: unitOfSide(plot, session, false),
    lines: plot.lines.map(({ isRight }, color) => ({ color, isRight })),
    ...hasRight && { right: { unit: unitOfSide(plot, session, true) } },
  };
}

/** The settings that a person chose for both axes, as one object that changes with it. */
export function settingsReader(plot: OwnPlot): () => object {
  const keys = axisKeys(plot);
  let known: object[] = [];
  return () => {
    const [left, right] = [settingsOf(keys.left), settingsOf(keys.right)];
    if (known[0] !== left || known[1] !== right) known = [left, right];
    return known;
  };
}

/** The chosen scales of a plot's left and right axis. */
export function scalesOf(plot: OwnPlot): Pick<Drawing, "scale" | "rightScale"> {
  const keys = axisKeys(plot);
  return { scale: settingsOf(keys.left), rightScale: settingsOf(keys.right) };
}

/** The lines of a formula; no lines for a formula with an error. */
export function drawable(found: Line[] | string): Line[] {
  return typeof found === "string" ? [] : found;
}

/** The formulas of a plot, separated by commas. */
export function namesOf({ lines }: OwnPlot): string {
  return lines.map(({ formula }) => formula).join(", ");
}

function bandsOf(session: PlotSession, plot: OwnPlot, range: { from: number; to: number }): Band[] {
  const ids = [...needsOf(plot, session.feeds).devices.keys()];
  return ids.flatMap((id) =>
    bandsOfDevice(session, session.feeds.get(id)!, range).map((band) =>
      ids.length > 1 ? { ...band, word: `${id}: ${band.word}` } : band
    )
  );
}

/** The ends of the numbers on the horizontal axis. */
function endsOf(lines: readonly (readonly Line[])[]): [number, number] {
  const swapped = lines.flat().map(({ xs, ys }) => ({ xs: ys, ys: xs }));
  const { min, max } = rangeOf(swapped, -Infinity, Infinity);
  return [min, max];
}
