/// <reference lib="dom" />
import { elapsed } from "../../lib/format/elapsed.ts";
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { timeOfDay } from "../words/quantities.ts";
import { chooseZone, offsetAt, offsetName, type Zone, zone } from "../words/times.ts";
import { Measured } from "./cursors.ts";
import { CopyButton } from "../page/copy_button.ts";
import { linkTo } from "./keep_view.ts";
import { NoteForm } from "../runs/note_form.ts";
import { Compare } from "../runs/compare.ts";
import { LayoutsDialog } from "./layouts_dialog.ts";
import { OwnForm } from "./own_form.ts";
import { note } from "../page/notices.ts";
import { saveCsv } from "../export/save_csv.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { SPANS } from "../stream/view.ts";

/** The time window, the controls that move it, and the export. */
export function Toolbar({ session, withId }: { session: PlotSession; withId?: string }) {
  const { view } = session;
  const [isChoosing, setChoosing] = useState(false);
  const [isAdding, setAdding] = useState(false);
  const isHalted = view.isHalted.value;
  const { from, to } = view.range;
  const tool = (sign: string, name: string, run: () => void) =>
    html`<button type="button" title=${name} aria-label=${name} onClick=${run}>${sign}</button>`;
  const spans = session.run ? [session.run.to - session.run.from, ...SPANS] : SPANS;
  return html`
    <div class="row plot-tools" role="group" aria-label="What the plots show">
      <label class="row">
        Time window
        <select
          value=${view.span.value}
          onChange=${(event: Event) => view.choose(Number((event.target as HTMLSelectElement).value))}
        >
          ${spans.map((span) => html`<option key=${span} value=${span}>${elapsed(span * 1000)}</option>`)}
        </select>
      </label>
      ${(isHalted || !session.run) && html`
        <button type="button" class=${`pause${isHalted ? " main" : ""}`} onClick=${() =>
          isHalted ? view.follow() : view.halt()}>
          ${!isHalted ? "Pause" : session.run ? "Whole recording" : "Live"}
        </button>
      `}
      ${tool("◀", "Earlier", () => view.move(-0.5))}
      ${tool("▶", "Later", () => view.move(0.5))}
      ${tool("+", "Zoom in", () => view.zoomBy(0.5))}
      ${tool("−", "Zoom out", () => view.zoomBy(2))}
      <button type="button" aria-pressed=${view.cursors.value !== undefined} onClick=${() =>
        view.cursors.peek() ? view.cursors.value = undefined : view.measure()}>Measure</button>
      <button type="button" aria-pressed=${view.hasStatistics.value} onClick=${() =>
        view.hasStatistics.value = !view.hasStatistics.peek()}>Statistics</button>
      <${Compare} session=${session} withId=${withId} />
      <label class="row">
        Times
        <select value=${zone.value} onChange=${(event: Event) =>
          chooseZone((event.target as HTMLSelectElement).value as Zone)}>
          <option value="local">local, ${offsetName(offsetAt(to, "local"))}</option>
          <option value="UTC">UTC</option>
        </select>
      </label>
      <button type="button" onClick=${() => setAdding(true)}>Add a plot…</button>
      <button type="button" onClick=${() => setChoosing(true)}>Layouts…</button>
      <${CopyButton} text=${linkTo(session)} what="to this view">Copy link<//>
      ${!session.run && html`<button type="button" onClick=${() => note(saveCsv(session))}>Export CSV</button>`}
    </div>
    ${isAdding && html`<${OwnForm} session=${session} onClose=${() => setAdding(false)} />`}
    ${isChoosing && html`<${LayoutsDialog} session=${session} onClose=${() => setChoosing(false)} />`}
    <${NoteForm} session=${session} />
    <p class="soft plot-note" role="status">
      ${view.cursors.value ? html`<${Measured} cursors=${view.cursors.value} />` : isHalted &&
        `${session.run ? "Shown" : "Paused"}: ${timeOfDay(from * 1000)} to ${timeOfDay(to * 1000)}. ${
          session.run ? "" : "Samples are still collected. "
        }`}
    </p>
  `;
}
