/// <reference lib="dom" />
import { html } from "htm/preact";
import { valueText } from "./drawing/value_text.ts";
import type { Feed } from "../stream/feed.ts";
import type { PlottedChannel } from "../stream/picture.ts";
import type { PlotSession } from "../stream/plot_session.ts";

/** The newest booleans and texts of a device. */
export function WordsCard(
  { session, feed, channels }: { session: PlotSession; feed: Feed; channels: PlottedChannel[] },
) {
  void session.beat.value;
  const title = `${feed.deviceId} · states and texts`;
  return html`
    <section class="card plot" aria-label=${title}>
      <h2>${title}</h2>
      <table class="legend">
        <caption class="visually-hidden">${title}</caption>
        <thead>
          <tr>
            <th scope="col">Channel</th>
            <th scope="col">Newest</th>
          </tr>
        </thead>
        <tbody>
          ${channels.map(({ name }) =>
            html`
              <tr key=${name}>
                <th scope="row">${name}</th>
                <td>${valueText(feed.values.get(name), "")}</td>
              </tr>
            `
          )}
        </tbody>
      </table>
    </section>
  `;
}
