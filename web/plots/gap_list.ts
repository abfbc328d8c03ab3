/// <reference lib="dom" />
import { html } from "htm/preact";
import { timeOfDay } from "../words/words.ts";
import { reasonOf } from "../stream/gap_words.ts";
import type { Hole } from "../stream/gaps.ts";
import type { Session } from "../stream/session.ts";

/** More would not be read. */
const MOST = 20;

/** What is missing on the plots, the newest first. */
export function HoleList({ session }: { session: Session }) {
  void session.revision.value;
  const holes = session.feeds.values().flatMap(({ holes }) => holes.list).toArray();
  const count = session.feeds.values().reduce((sum, { holes }) => sum + holes.count, 0);
  if (!holes.length) return null;
  holes.sort((a, b) => timeOf(b) - timeOf(a));
  return html`
    <section aria-labelledby="missing">
      <h2 id="missing">Missing samples</h2>
      <ul class="holes">
        ${holes.slice(0, MOST).map((hole) =>
          html`
            <li><span class="number">${when(hole)}</span> <strong>${hole.deviceId}</strong> ${reasonOf(hole)}</li>
          `
        )}
      </ul>
      ${count > MOST && html`<p class="soft">The newest ${MOST} of ${count}.</p>`}
    </section>
  `;
}

function timeOf({ from, to }: Hole): number {
  return from ?? to ?? Infinity;
}

function when({ from, to }: Hole): string {
  if (from === undefined) return to === undefined ? "before the first sample" : `before ${timeOfDay(to * 1000)}`;
  const begin = timeOfDay(from * 1000);
  if (to === undefined) return `since ${begin}`;
  const seconds = to - from;
  return `${begin}, ${seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`}`;
}
