/// <reference lib="dom" />
import { html } from "htm/preact";
import { drivers, type MeasuredDevice } from "../bench/bench.ts";
import { rateOf } from "../bench/rate_words.ts";
import { href } from "../page/route.ts";
import { count } from "../words/quantities.ts";
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
        <p class="soft" title=${device_type}>${device_type}${isShared && ` · ${shared_process.name}`}${difference &&
          html`
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
        <p class="links"><a href=${href(["plots"], {
          devices: id,
        })}>Plot<span class="visually-hidden"> ${id}</span></a></p>
      `}
      <${LastError} device=${device} />
      <${Warnings} device=${device} />
    </li>
  `;
}
