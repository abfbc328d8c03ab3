/// <reference lib="dom" />
import { html } from "htm/preact";
import { measuredTime } from "../../lib/format/elapsed.ts";
import { timeOfDay } from "../words/quantities.ts";
import { gapText } from "../stream/gap_words.ts";
import type { PlotGap } from "../stream/gaps.ts";
import type { PlotSession } from "../stream/plot_session.ts";

/** A longer list would not be read. */
const MAX_SHOWN = 20;

/** The gaps of the plots, the newest first. */
export function GapList({ session }: { session: PlotSession }) {
  void session.revision.value;
  const gaps = session.feeds.values().flatMap(({ gaps }) => gaps.list).toArray();
  const count = session.feeds.values().reduce((sum, { gaps }) => sum + gaps.count, 0);
  if (!gaps.length) return null;
  gaps.sort((a, b) => timeOf(b) - timeOf(a));
  return html`
    <section aria-labelledby="missing">
      <h2 id="missing">Missing samples</h2>
      <ul class="gaps">
        ${gaps.slice(0, MAX_SHOWN).map((gap) =>
          html`
            <li><span class="number">${when(gap)}</span> <strong>${gap.deviceId}</strong> ${gapText(gap)}</li>
          `
        )}
      </ul>
      ${count > MAX_SHOWN && html`<p class="soft">The newest ${MAX_SHOWN} of ${count}.</p>`}
    </section>
  `;
}

function timeOf({ from, to }: PlotGap): number {
  return from ?? to ?? Infinity;
}

function when({ from, to }: PlotGap): string {
  if (from === undefined) return to === undefined ? "before the first sample" : `before ${timeOfDay(to * 1000)}`;
  const begin = timeOfDay(from * 1000);
  if (to === undefined) return `since ${begin}`;
  return `${begin}, ${measuredTime((to - from) * 1000)}`;
}
