/// <reference lib="dom" />
import { html } from "htm/preact";
import { href } from "../page/route.ts";
import type { Feed } from "../stream/feed.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { plotStatus } from "./plot_status.ts";

/** The heading of a plot: its device and the device's state. */
export function CardHead({ session, feed, title }: { session: PlotSession; feed: Feed; title?: string }) {
  void [session.beat.value, session.revision.value];
  const { word, tone, detail } = session.run
    ? { word: session.run.name, tone: "", detail: undefined }
    : plotStatus(session, feed);
  return html`
    <div class="row">
      <h2><a href=${href(["devices", feed.deviceId])}>${feed.deviceId}</a>${title && ` · ${title}`}</h2>
      <span class=${`tag ${tone}`}>${word}</span>
      ${detail && html`<small class="detail">${detail}</small>`}
    </div>
  `;
}
