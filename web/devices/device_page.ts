/// <reference lib="dom" />
import { html } from "htm/preact";
import { devices } from "../bench.ts";
import { href } from "../route.ts";
import { ActionBar } from "./action_bar.ts";
import { Facts } from "./facts.ts";
import { LastError } from "./last_error.ts";
import { Live } from "./live.ts";
import { Methods } from "./methods.ts";
import { ProgramLines } from "./program_lines.ts";
import { State } from "./state.ts";
import { StateNews } from "./state_news.ts";

/** One device: how it is, and what can be done with it. */
export function DevicePage({ id }: { id: string }) {
  const all = devices.value;
  const device = all?.find(({ device_id }) => device_id === id);
  return html`
    <p class="back"><a href=${href(["devices"])}>All devices</a></p>
    <h1>${id}</h1>
    <${StateNews} of=${id} />
    ${!all && html`<p>Asking the daemon for it…</p>`}
    ${all && !device && html`
      <p>There is no device of this name on the bench${all.length > 0 ? "; it may have been removed" : ""}.</p>
    `}
    ${device && html`
      <${State} device=${device} />
      <${ActionBar} device=${device} />
      <${LastError} device=${device} />
      <p><a href=${href(["plots"], { devices: id })}>Plot it beside others</a></p>
      <${Live} device=${device} />
      <${Methods} device=${device} />
      <section aria-labelledby="facts">
        <h2 id="facts">Facts</h2>
        <${Facts} device=${device} />
      </section>
      <${ProgramLines} id=${id} />
    `}
  `;
}
