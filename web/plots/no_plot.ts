/// <reference lib="dom" />
import { html } from "htm/preact";
import { shortJson } from "../words/short_json.ts";
import type { Feed } from "../stream/feed.ts";
import { CardHead } from "./card_head.ts";
import type { PlotSession } from "../stream/plot_session.ts";

/** Takes the place of a plot, and shows the reason why there is none. */
export function NoPlot({ session, feed }: { session: PlotSession; feed: Feed }) {
  void session.beat.value;
  return html`
    <section class="card plot" aria-label=${feed.deviceId}>
      <${CardHead} session=${session} feed=${feed} />
      <p>${whyNone(feed)}</p>
    </section>
  `;
}

function whyNone({ deviceId, channels, newest }: Feed): string {
  const kinds = [...channels.values()].map(({ kind }) => kind);
  if (kinds.some((kind) => kind !== "word")) return `Nothing is chosen to be drawn: see “Channels of ${deviceId}”.`;
  if (kinds.length) return "There are no numbers to plot: its samples are states and texts.";
  return `There are no numbers to plot: the newest sample is ${shortJson(newest?.payload)}.`;
}
