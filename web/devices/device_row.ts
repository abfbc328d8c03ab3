/// <reference lib="dom" />
import { elapsed } from "../../lib/format/elapsed.ts";
import { html } from "htm/preact";
import { drivers, type MeasuredDevice, outage } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { RATE_WINDOW_MS } from "../../lib/format/rate_meter.ts";
import { count, withUnit } from "../words/quantities.ts";
import { ActionBar } from "./action_bar.ts";
import { driverOf } from "../bench/driver_of.ts";
import { fileDifference } from "../drivers/driver_file.ts";
import { LastError } from "./last_error.ts";
import { State } from "./state.ts";
import { Warnings } from "./warnings.ts";

/** One device of the list. */
export function DeviceRow({ device }: { device: MeasuredDevice }) {
  const { device_id: id, device_type, restarts, streams, stream: { readers } } = device;
  const { shared_process } = device;
  const isShared = shared_process !== null && shared_process.devices.length > 1;
  const driver = driverOf(device, drivers.value);
  const difference = driver && fileDifference(driver);
  return html`
    <li class="card device">
      <div class="name">
        <h2><a href=${href(["devices", id])}>${id}</a></h2>
        <p class="soft">${device_type}${isShared && ` · ${shared_process.name}`}${difference && html`
          ${" · "}<a href=${href(["drivers"])}>${difference.tag}</a>
        `}</p>
      </div>
      <${State} device=${device} />
      <p class="figures">
        <span class="number">${rateOf(device)}</span>
        <span class="number">${count(readers, "reader")}</span>
        <span class="number"
          title="the number of times that its driver's process was restarted">${count(
            restarts,
            "driver restart",
          )}</span>
      </p>
      <div class="attempts">
        <${ActionBar} device=${device} />
      </div>
      ${streams !== false && html`
        <p class="links"><a href=${href(["plots"], { devices: id })}>Plot<span class="heard-only"> ${id}</span></a></p>
      `}
      <${LastError} device=${device} />
      <${Warnings} device=${device} />
    </li>
  `;
}

/** The measured rate in words. */
export function rateOf({ rate, state, streams }: MeasuredDevice): string {
  if (streams === false) return "cannot stream";
  if (outage.value) return "rate unknown";
  if (state !== "streaming") return "no samples";
  if (rate === undefined) return "rate not yet measured";
  if (rate === 0) return `no sample in ${elapsed(RATE_WINDOW_MS)}`;
  return `${withUnit(rate, "Hz", 3)} measured`;
}
