/// <reference lib="dom" />
import { html } from "htm/preact";
import { count, timeOfDay } from "../words/quantities.ts";
import type { Chart } from "../chart/chart.ts";
import type { Plot } from "./drawing/plots_of.ts";
import { digitsFor } from "../chart/digits.ts";
import { statisticsOf, valueAt } from "../chart/statistics.ts";
import type { Feed } from "../stream/device_feed.ts";
import type { Value } from "../stream/channels.ts";
import type { Session } from "../stream/session.ts";
import { valueText } from "./drawing/value_text.ts";

interface LegendProps {
  session: Session;
  feed: Feed;
  plot: Plot;
  chart: Chart;
}

/** The channels of a plot: their colours, their values as text, and what is measured of them. */
export function Legend({ session, feed, plot, chart }: LegendProps) {
  void [session.beat.value, session.revision.value];
  const { view } = session;
  const pointed = session.pointed.value;
  const at = pointed === undefined ? undefined : valuesAt(session, feed, pointed);
  const cursors = view.cursors.value;
  const { from, to } = view.range;
  const heads = [
    ...session.run ? [] : ["Newest"],
    ...["Min", "Max"],
    ...view.hasStatistics.value ? ["Mean", "σ", "RMS", "n"] : [],
    ...cursors ? ["A", "B", "B − A"] : [],
    ...at ? [at.time === undefined ? "There" : timeOfDay(at.time * 1000)] : [],
  ];
  const left = view.hasStatistics.value ? leftOut(session, feed) : 0;
  return html`
    <table class="legend">
      <caption class="heard-only">Values of ${feed.deviceId}</caption>
      <thead>
        <tr>${["Channel", ...heads].map((head) => html`<th key=${head} scope="col">${head}</th>`)}</tr>
      </thead>
      <tbody>
        ${plot.names.map((name, i) => {
          const range = chart.ranges[i];
          const digits = digitsFor(range);
          // One prefix for the numbers of a row: they are compared.
          const like = range ? Math.max(Math.abs(range.min), Math.abs(range.max)) : undefined;
          const value = (number: Value | null | undefined) =>
            html`<td class="number">${
              valueText(number, plot.unit, digits, Number.isFinite(like) ? like : undefined)
            }</td>`;
          const parts = chart.numbers[i] ?? [];
          const statistics = view.hasStatistics.value ? statisticsOf(parts, from, to) : undefined;
          const [a, b] = cursors?.map((time) => valueAt(parts, time)) ?? [];
          return html`
            <tr key=${name}>
              <th scope="row">
                <span class="swatch" style=${`color: var(--series-${plot.colors[i]})`}></span>
                ${name}
              </th>
              ${!session.run && value(feed.values.get(name))} ${value(range?.min)} ${value(range?.max)}
              ${statistics && html`
                ${value(statistics.mean)} ${value(statistics.deviation)} ${value(statistics.rms)}
                <td class="number">${statistics.count.toLocaleString()}</td>
              `}
              ${cursors && html`${value(a)} ${value(b)} ${value(b - a)}`}
              ${at && value(at.value(name))}
            </tr>
          `;
        })}
      </tbody>
    </table>
    ${view.hasStatistics.value && left !== 0 && html`
      <p
        class="soft">The statistics are those of the drawn points: ${left === undefined
          ? "more samples"
          : count(left, "more sample")} lie between them. A shorter window has all.</p>
    `}
  `;
}

/** The samples between the drawn ones in the visible range; `undefined` if their number is not known. */
function leftOut(session: Session, feed: Feed): number | undefined {
  const { from, to } = session.view.range;
  const { past } = session.past.of(feed);
  if (session.past.missingPart(feed) && past && !past.isFull) return undefined;
  const detail = session.past.detail(feed);
  if (detail) return detail.isFull ? 0 : undefined;
  const { trace } = session.picture(feed);
  let sum = 0;
  for (let i = trace.find(from); i < trace.to && trace.times[i] <= to; i++) sum += trace.skipped[i];
  return sum;
}

/** The values of the sample that is nearest to a time. */
function valuesAt(session: Session, feed: Feed, time: number) {
  const { trace } = session.picture(feed);
  const next = trace.find(time);
  const isNearer = next > trace.from && (next === trace.to || time - trace.times[next - 1] < trace.times[next] - time);
  const at = isNearer ? next - 1 : next;
  const isThere = at >= trace.from && at < trace.to;
  return {
    time: isThere ? trace.times[at] : undefined,
    value: (name: string): Value | null | undefined => {
      const word = trace.words.get(name)?.[at];
      return !isThere ? undefined : word === undefined || word === null ? trace.columns.get(name)?.[at] : word;
    },
  };
}
