/// <reference lib="dom" />
import { html } from "htm/preact";
import { devices, drivers } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { ActionBar } from "../devices/action_bar.ts";
import { rateOf } from "../bench/rate_words.ts";
import { driverOf } from "../bench/driver_of.ts";
import { Facts } from "./facts.ts";
import { fileDifference } from "../drivers/driver_file.ts";
import { LastError } from "../devices/last_error.ts";
import { OwnerBar } from "../leases/owner_bar.ts";
import { DeviceLogBox } from "./device_log_box.ts";
import { DeviceRecordings } from "./device_recordings.ts";
import { KeepDevice } from "./keep_device.ts";
import { Live } from "./live.ts";
import { Methods } from "./methods.ts";
import { Panel } from "./panel.ts";
import { ProgramLines } from "./program_lines.ts";
import { State } from "../devices/state.ts";
import { StateChanges } from "../devices/state_changes.ts";
import { Warnings } from "../devices/warnings.ts";

/** One device: its state, actions, panel, plots, methods and facts. */
export function DevicePage({ id }: { id: string }) {
  const all = devices.value;
  const device = all?.find(({ device_id }) => device_id === id);
  const mayStream = device?.streams !== false;
  const driver = device && driverOf(device, drivers.value);
  const difference = driver && fileDifference(driver);
  return html`
    <p class="back"><a href=${href(["devices"])}>All devices</a></p>
    <div class="row device-head"><h1>${id}</h1>${device && html`
      <${State} device=${device} />
      <span class="number soft">${rateOf(device)}</span>
    `}</div>
    <${StateChanges} of=${id} />
    ${!all && html`<p>Loading…</p>`}
    ${all && !device && html`
      <p>There is no device of this name on the bench${all.length > 0 ? "; it may have been removed" : ""}.
      A device that was added and not kept lasts until the daemon stops.</p>
    `}
    ${device && html`
      ${difference && html`
        <div class="note warn">
          <p>Its driver's file ${difference.problem}. The device keeps the previous version. ${difference.advice}${" "}
          <a href=${href(["drivers"])}>See the drivers</a></p>
        </div>
      `}
      <${ActionBar} device=${device} />
      <${OwnerBar} device=${device} />
      <${LastError} device=${device} />
      <${Warnings} device=${device} />
      <div class="front">
        <div class="controls">
          <${Panel} device=${device} />
          <${Methods} device=${device} />
        </div>
        <div class="watched">
          ${mayStream && html`<${Live} device=${device} />`}
          <${DeviceLogBox} id=${id} />
          <${DeviceRecordings} id=${id} />
        </div>
      </div>
      <details class="card technical">
        <summary>
          <h2>Technical facts</h2>
        </summary>
        <${Facts} device=${device} />
        <${KeepDevice} device=${device} />
      </details>
      ${mayStream && html`<${ProgramLines} id=${id} />`}
    `}
  `;
}
