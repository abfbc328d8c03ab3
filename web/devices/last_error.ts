/// <reference lib="dom" />
import { html } from "htm/preact";
import { elapsed } from "../../lib/format/elapsed.ts";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { drivers, outage, seenAt } from "../bench/bench.ts";
import { CopyButton } from "../page/copy_button.ts";
import { href } from "../page/route.ts";
import { act, isRunning } from "./act.ts";
import { AddAgain } from "./add_again.ts";
import { adviceOnError, isEarlierError } from "./advice.ts";
import { dateAndTime } from "../words/times.ts";

/** A longer message scrolls: it does not push the other devices out of sight. */
const LONG_MESSAGE = 500;

/** The last error of a device, its failure source as the daemon reports it, and advice. */
export function LastError({ device }: { device: DeviceStatus }) {
  const { device_id: id, last_error: error } = device;
  if (!error) return null;
  const isOver = isEarlierError(device);
  return html`
    <div class="note ${isOver ? "soft" : "bad"}">
      <p>
        <strong>${isOver ? "Earlier error" : "Error"}</strong> <code>${error.type}</code>${" "}
        ${error.failure_source && html`<span class="soft">from the ${error.failure_source}, </span>`}
        <time class="soft" datetime=${error.timestamp} title=${dateAndTime(Date.parse(error.timestamp))}>
          ${elapsed(Math.max(0, seenAt.value - Date.parse(error.timestamp)))} ago</time>
      </p>
      ${error.message.length > LONG_MESSAGE
        ? html`<p class="message long" tabindex="0" role="region" aria-label="Message">${error.message}</p>`
        : html`<p class="message">${error.message}</p>`}
      ${adviceOnError(device, drivers.value ?? [], seenAt.value).map(({ text, code, place, again }) =>
        html`
          <p class="advice">${text}${" "}${place && html`
            <a href=${href([place])}>See the drivers</a>
          `}${again && html`<${AddAgain} device=${device} />`}</p>
          ${code && html`
            <div class="copied">
              <pre><code>${code}</code></pre>
              <${CopyButton} text=${code} what="this line" />
            </div>
          `}
        `
      )}
      <button aria-disabled=${isRunning(id, "dismiss") || outage.value !== undefined} onClick=${() =>
        act(id, "dismiss")}>
        Dismiss<span class="visually-hidden"> the error of ${id}</span>
      </button>
    </div>
  `;
}
