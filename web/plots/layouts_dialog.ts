/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import type { LayoutInfo } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api } from "../bench/bench.ts";
import { Dialog } from "../page/dialog.ts";
import { href } from "../page/route.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { dateAndTime } from "../words/times.ts";
import { viewOf } from "./keep_view.ts";

/** Saves the view under a name, and opens and deletes saved views. The daemon keeps them, for all users. */
export function LayoutsDialog({ session, onClose }: { session: PlotSession; onClose: () => void }) {
  const [all, setAll] = useState<LayoutInfo[]>();
  const [status, setStatus] = useState("");
  const run = async (work: () => Promise<unknown>, done: string) => {
    try {
      await work();
      setAll((await api.listLayouts()).layouts);
      setStatus(done);
    } catch (error) {
      setStatus(messageOf(error));
    }
  };
  useEffect(() => void run(() => Promise.resolve(), ""), []);
  const save = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const name = String(new FormData(form).get("name")).trim();
    if (!name) return;
    const replaces = all?.some((known) => known.name === name);
    const devices = [...session.feeds.keys()];
    // It opens at the present time.
    const { range: _, ...view } = viewOf(session);
    void run(
      () => api.saveLayout(name, { devices, view }),
      `${replaces ? "Replaced" : "Saved"} “${name}”: ${devices.join(", ")}.`,
    ).then(() => form.reset());
  };
  return html`
    <${Dialog} title="Layouts" onClose=${onClose}>
      <div class="own-form">
        <p class="soft">A layout has the devices, the plots and their options. The daemon keeps it for all who use it.</p>
        ${all?.length === 0 && html`<p>There are none yet.</p>`}
        <ul class="layouts">${all?.map(({ name, saved_at, saved_by }) =>
          html`
            <li key=${name} class="row">
              <a href=${layoutAddress(name)} onClick=${onClose}>${name}</a>
              <span class="soft">${dateAndTime(Date.parse(saved_at))} by ${saved_by}</span>
              <button type="button" onClick=${() => run(() => api.deleteLayout(name), `Deleted “${name}”.`)}>
                Delete<span class="visually-hidden"> ${name}</span></button>
            </li>
          `
        )}</ul>
        <form class="row" onSubmit=${save}>
          <label class="row">Name <input name="name" maxlength="100" required /></label>
          <button class="main">Save what is shown</button>
        </form>
        <p role="status">${status}</p>
        <p><button type="button" onClick=${onClose}>Close</button></p>
      </div>
      <//>
  `;
}

/** The address that opens a layout. */
function layoutAddress(name: string): string {
  return href(["plots"], { layout: name });
}
