/// <reference lib="dom" />
import { html } from "htm/preact";
import type { Chart } from "../chart/chart.ts";
import { digitsFor } from "../chart/digits.ts";
import { statisticsOf, valueAt } from "../chart/statistics.ts";
import type { Value } from "../stream/channels.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { count, timeOfDay } from "../words/quantities.ts";
import { valueText } from "./drawing/value_text.ts";

/** A line of a chart, as its legend has it. */
export interface LegendRow {
  name: string;
  unit: string;
  /** The number of its colour. */
  color: number;
  newest: Value | null | undefined;
  /** The value under the pointer. */
  pointed?: Value | null;
}

/** A name up to this length has one line, also beside many numbers. */
const MAX_NAME = 20;

interface LegendProps {
  session: PlotSession;
  caption: string;
  /** In the order of the chart's lines. */
  rows: LegendRow[];
  chart: Chart;
  /**
   * The time of the values under the pointer; `undefined` while the pointer is elsewhere, or at a place without values.
   */
  pointedAt?: { time: number | undefined };
  /** The samples between the drawn ones; `undefined` if their number is not known. */
  left: () => number | undefined;
}

/** The lines of a plot: their colours, their values as text, and their statistics. */
export function Legend({ session, caption, rows, chart, pointedAt, left: leftOut }: LegendProps) {
  const { view } = session;
  const cursors = view.cursors.value;
  const { from, to } = view.range;
  // What is measured comes first: a narrow plot shows the first columns, and the others are scrolled to.
  const heads = [
    ...cursors ? ["A", "B", "B − A"] : [],
    ...session.run ? [] : ["Newest"],
    ...["Min", "Max"],
    ...view.hasStatistics.value ? ["Mean", "σ", "RMS", "n"] : [],
    ...pointedAt ? [pointedAt.time === undefined ? "There" : timeOfDay(pointedAt.time * 1000)] : [],
  ];
  const left = view.hasStatistics.value ? leftOut() : 0;
  return html`
    <div class="values-of-plot">
    <table class="legend">
      <caption class="visually-hidden">${caption}</caption>
      <thead>
        <tr>${["Channel", ...heads].map((head) => html`<th key=${head} scope="col">${head}</th>`)}</tr>
      </thead>
      <tbody>
        ${rows.map(({ name, unit, color, newest, pointed }, i) => {
          const range = chart.ranges[i];
          const digits = digitsFor(range);
          // One prefix for the numbers of a row: they are compared.
          const like = range ? Math.max(Math.abs(range.min), Math.abs(range.max)) : undefined;
          const value = (number: Value | null | undefined) =>
            html`<td class="number">${valueText(number, unit, digits, Number.isFinite(like) ? like : undefined)}</td>`;
          const parts = chart.numbers[i] ?? [];
          const statistics = view.hasStatistics.value ? statisticsOf(parts, from, to) : undefined;
          const [a, b] = cursors?.map((time) => valueAt(parts, time)) ?? [];
          return html`
            <tr key=${name}>
              <th scope="row" style=${`min-width: calc(${Math.min(name.length, MAX_NAME)}ch + 2rem)`}>
                <span class="swatch" style=${`color: var(--series-${color})`}></span>
                ${name}
              </th>
              ${cursors && html`${value(a)} ${value(b)} ${value(b - a)}`}
              ${!session.run && value(newest)} ${value(range?.min)} ${value(range?.max)}
              ${statistics && html`
                ${value(statistics.mean)} ${value(statistics.deviation)} ${value(statistics.rms)}
                <td class="number">${statistics.count.toLocaleString()}</td>
              `}
              ${pointedAt && value(pointed)}
            </tr>
          `;
        })}
      </tbody>
    </table>
    ${view.hasStatistics.value && left !== 0 && html`
      <p class="soft drawn-only">Statistics of the drawn points: ${left === undefined
        ? "more samples"
        : count(left, "more sample")} between them</p>
    `}
    </div>
  `;
}

/** The newest values of lines in digits that can be read from across the room. */
export function BigNumbers({ rows }: { rows: LegendRow[] }) {
  return html`
    <div class="big-numbers">
      ${rows.map(({ name, unit, color, newest }) =>
        html`
          <p key=${name} class="number" style=${`color: var(--series-${color})`}>
            <small>${name}</small> ${valueText(newest, unit)}
          </p>
        `
      )}
    </div>
  `;
}
