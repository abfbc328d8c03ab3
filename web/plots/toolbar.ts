/// <reference lib="dom" />
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { count, stretch, timeOfDay } from "../words.ts";
import { isChosen } from "./channel_choice.ts";
import { unitAt } from "./channels.ts";
import { toCsv } from "./csv.ts";
import { download } from "./download.ts";
import { schemaOf } from "./schema.ts";
import type { Session } from "./session.ts";
import { SPANS, type Stretch } from "./view.ts";

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
      <button type="button" onClick=${() => say(save(session))}>Export CSV</button>
    </div>
    <p class="soft" role="status">
      ${isHalted &&
        `Paused: ${timeOfDay(from * 1000)} to ${timeOfDay(to * 1000)}. Samples go on being collected. `}${said}
    </p>
  `;
}

/** Saves what is on the plots, and says what that is. */
function save(session: Session): string {
  const sheets = session.feeds.values().toArray().map((feed) => ({
    deviceId: feed.deviceId,
    trace: session.picture(feed).trace,
    channels: feed.channels.values().toArray()
      .filter(({ kind, name }) => kind === "number" && isChosen(feed, name))
      .map(({ name, path }) => ({ name, unit: unitAt(schemaOf(feed.deviceId), path) })),
    holes: feed.holes.list,
  })).filter(({ channels }) => channels.length);
  const { text, rows, skipped } = toCsv(sheets, stretchToSave(session));
  if (!rows) return "There is nothing to export: no number was measured in the time that is shown.";
  const names = sheets.map(({ deviceId }) => deviceId).join("-").slice(0, 60);
  download(skipped ? `${names}-thinned` : names, text);
  if (!skipped) return `Exported ${count(rows, "sample")}; none between them was left out for drawing.`;
  return `Exported ${
    count(rows, "row")
  }. These are not all samples: ${skipped.toLocaleString()} more were left out for ` +
    "drawing. All of them: “deno task ctl tail --format csv”, or the stream of the device.";
}

/** What is on the plots. What has come since they were drawn is not left out. */
function stretchToSave({ view }: Session): Stretch {
  return view.isHalted.value ? view.stretch : { ...view.stretch, to: Infinity };
}

function shortStretch(seconds: number): string {
  return seconds < 60
    ? `${seconds} s`
    : seconds < 3600
    ? `${seconds / 60} min`
    : stretch(seconds * 1000).replace(" 0 min", "");
}
