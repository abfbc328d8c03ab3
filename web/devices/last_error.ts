/// <reference lib="dom" />
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { away, drivers, seenAt } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { stretch } from "../words/words.ts";
import { AddAnew } from "./add_again.ts";
import { adviceFor } from "./advice.ts";
import { CopyButton } from "../page/copy_button.ts";
import { act, isUnderWay } from "./act.ts";

/** A longer message does not push the other devices out of sight. */
const LONG = 500;

/** The last thing that went wrong with a device, and what to do about it. */
export function LastError({ device }: { device: DeviceStatus }) {
  const { device_id: id, last_error: error, state } = device;
  if (!error) return null;
  const isOver = state === "connected" || state === "streaming";
  return html`
    <div class="note ${isOver ? "soft" : "bad"}">
      <p>
        <strong>${isOver ? "Earlier error" : "Error"}</strong> <code>${error.type}</code>${" "}
        <time class="soft" datetime=${error.timestamp} title=${new Date(error.timestamp).toLocaleString()}>
          ${stretch(seenAt.value - Date.parse(error.timestamp))} ago</time>
      </p>
      ${error.message.length > LONG
        ? html`<p class="said long" tabindex="0" role="region" aria-label="What it said">${error.message}</p>`
        : html`<p class="said">${error.message}</p>`}
      ${adviceFor(device, drivers.value ?? [], seenAt.value).map(({ text, code, place, anew }) =>
        html`
          <p class="advice">${text}${" "}${place && html`
            <a href=${href([place])}>See the drivers</a>
          `}${anew && html`<${AddAnew} device=${device} />`}</p>
          ${code && html`
            <div class="copied">
              <pre><code>${code}</code></pre>
              <${CopyButton} text=${code} what="this line" />
            </div>
          `}
        `
      )}
      <button aria-disabled=${isUnderWay(id, "dismiss") || away.value !== undefined} onClick=${() =>
        act(id, "dismiss")}>
        Dismiss<span class="heard-only"> the error of ${id}</span>
      </button>
    </div>
  `;
}
