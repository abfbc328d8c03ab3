/// <reference lib="dom" />
import { html } from "htm/preact";
import { away, drivers, type SeenDevice } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { SPAN_MS } from "../bench/rates.ts";
import { count, stretch, withUnit } from "../words/words.ts";
import { ActionBar } from "./action_bar.ts";
import { driverOf } from "../bench/driver_of.ts";
import { fileNews } from "../drivers/driver_file.ts";
import { LastError } from "./last_error.ts";
import { State } from "./state.ts";

/** One device of the list. */
export function DeviceRow({ device }: { device: SeenDevice }) {
  const { device_id: id, device_type, restarts, streams, stream: { readers } } = device;
  const driver = driverOf(device, drivers.value);
  const news = driver && fileNews(driver);
  return html`
    <li class="card device">
      <div class="name">
        <h2><a href=${href(["devices", id])}>${id}</a></h2>
        <p class="soft">${device_type}${news && html`
          ${" · "}<a href=${href(["drivers"])}>${news.tag}</a>
        `}</p>
      </div>
      <${State} device=${device} />
      <p class="figures">
        <span class="number">${rateOf(device)}</span>
        <span class="number">${count(readers, "reader")}</span>
        <span class="number"
          title="how often its driver's process was started anew">${count(restarts, "driver restart")}</span>
      </p>
      <div class="doings">
        <${ActionBar} device=${device} />
      </div>
      ${streams !== false && html`
        <p class="links"><a href=${href(["plots"], { devices: id })}>Plot<span class="heard-only"> ${id}</span></a></p>
      `}
      <${LastError} device=${device} />
    </li>
  `;
}

/** The measured rate in words. */
export function rateOf({ rate, state, streams }: SeenDevice): string {
  if (streams === false) return "has no stream";
  if (away.value) return "rate unknown";
  if (state !== "streaming") return "no samples";
  if (rate === undefined) return "rate not yet measured";
  if (rate === 0) return `no sample in ${stretch(SPAN_MS)}`;
  return `${withUnit(rate, "Hz", 3)} measured`;
}
