/// <reference lib="dom" />
import { html } from "htm/preact";
import { timeOfDay } from "../words/quantities.ts";
import type { Chart } from "../chart/chart.ts";
import type { Plot } from "./drawing/plots_of.ts";
import { digitsFor } from "../chart/digits.ts";
import type { Feed } from "../stream/device_feed.ts";
import type { Value } from "../stream/channels.ts";
import { valueText } from "./drawing/value_text.ts";
import type { Session } from "../stream/session.ts";

interface LegendProps {
  session: Session;
  feed: Feed;
  plot: Plot;
  chart: Chart;
}

/** The channels of a plot: their colours, and their values as text. */
export function Legend({ session, feed, plot, chart }: LegendProps) {
  void session.beat.value;
  const pointed = session.pointed.value;
  const at = pointed === undefined ? undefined : valuesAt(session, feed, pointed);
  const value = (number: Value | null | undefined, digits: number) =>
    html`<td class="number">${valueText(number, plot.unit, digits)}</td>`;
  return html`
    <table class="legend">
      <caption class="heard-only">Values of ${feed.deviceId}</caption>
      <thead>
        <tr>
          <th scope="col">Channel</th>
          <th scope="col">Newest</th>
          <th scope="col">Min</th>
          <th scope="col">Max</th>
          ${at && html`<th scope="col">${at.time === undefined ? "There" : timeOfDay(at.time * 1000)}</th>`}
        </tr>
      </thead>
      <tbody>
        ${plot.names.map((name, i) => {
          const range = chart.ranges[i];
          const digits = digitsFor(range);
          return html`
            <tr key=${name}>
              <th scope="row">
                <span class="swatch" style=${`color: var(--series-${plot.colors[i]})`}></span>
                ${name}
              </th>
              ${value(feed.values.get(name), digits)} ${value(range?.min, digits)} ${value(range?.max, digits)}
              ${at && value(at.value(name), digits)}
            </tr>
          `;
        })}
      </tbody>
    </table>
  `;
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
