/// <reference lib="dom" />
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { stretch, timeOfDay } from "../words/words.ts";
import { saveCsv } from "../export/save_csv.ts";
import type { Session } from "../stream/session.ts";
import { SPANS } from "../stream/view.ts";

/** How much is shown, whether it goes with the time, and a way to take it home. */
export function Toolbar({ session }: { session: Session }) {
  const { view } = session;
  const [said, say] = useState("");
  const isHalted = view.isHalted.value;
  const { from, to } = view.stretch;
  const tool = (sign: string, name: string, run: () => void) =>
    html`<button type="button" title=${name} aria-label=${name} onClick=${run}>${sign}</button>`;
  return html`
    <div class="row plot-tools" role="group" aria-label="What the plots show">
      <label class="row">
        Time window
        <select
          value=${view.span.value}
          onChange=${(event: Event) => view.choose(Number((event.target as HTMLSelectElement).value))}
        >
          ${SPANS.map((span) => html`<option key=${span} value=${span}>${shortStretch(span)}</option>`)}
        </select>
      </label>
      <button type="button" class=${isHalted && "main"} onClick=${() => isHalted ? view.follow() : view.halt()}>
        ${isHalted ? "Back to now" : "Pause"}
      </button>
      ${tool("◀", "Earlier", () => view.move(-0.5))}
      ${tool("▶", "Later", () => view.move(0.5))}
      ${tool("+", "Zoom in", () => view.zoomBy(0.5))}
      ${tool("−", "Zoom out", () => view.zoomBy(2))}
      <button type="button" onClick=${() => say(saveCsv(session))}>Export CSV</button>
    </div>
    <p class="soft" role="status">
      ${isHalted &&
        `Paused: ${timeOfDay(from * 1000)} to ${timeOfDay(to * 1000)}. Samples go on being collected. `}${said}
    </p>
  `;
}

function shortStretch(seconds: number): string {
  return seconds < 60
    ? `${seconds} s`
    : seconds < 3600
    ? `${seconds / 60} min`
    : stretch(seconds * 1000).replace(" 0 min", "");
}
