/// <reference lib="dom" />
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { outage } from "../bench/bench.ts";
import { Plots } from "../plots/plots.ts";
import { href, route } from "../page/route.ts";

/** The device's live plots: at once if it streams, otherwise on request, because a reader makes it stream. */
export function Live({ device: { device_id, streaming } }: { device: DeviceStatus }) {
  const [isWatched, setWatched] = useState(streaming || route.value.query.has("live"));
  // The plots stay when the stream stops.
  if (streaming && !isWatched) setWatched(true);
  return html`
    <section aria-labelledby="live">
      <div class="row"><h2 id="live">Live</h2>
        <a href=${href(["plots"], { devices: device_id })}>Plot it with other devices</a></div>
      ${isWatched ? html`<${Plots} deviceIds=${[device_id]} />` : html`
        <p class="row">
          <button aria-disabled=${outage.value !== undefined} onClick=${() =>
            outage.value || setWatched(true)}>Watch live</button>
          <span class="soft">It streams while it has a reader.</span>
        </p>
      `}
    </section>
  `;
}
