/// <reference lib="dom" />
import { html } from "htm/preact";
import { devices, drivers } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { ActionBar } from "../devices/action_bar.ts";
import { driverOf } from "../bench/driver_of.ts";
import { Facts } from "./facts.ts";
import { fileDifference } from "../drivers/driver_file.ts";
import { LastError } from "../devices/last_error.ts";
import { OwnerBar } from "../leases/owner_bar.ts";
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
    <h1>${id}</h1>
    <${StateChanges} of=${id} />
    ${!all && html`<p>Loading…</p>`}
    ${all && !device && html`
      <p>There is no device of this name on the bench${all.length > 0 ? "; it may have been removed" : ""}.
      A device that this page adds lasts until the daemon stops; the bench file (bench.yaml) keeps a device.</p>
    `}
    ${device && html`
      <${State} device=${device} />
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
      <${Panel} device=${device} />
      ${mayStream && html`
        <p><a href=${href(["plots"], { devices: id })}>Plot it with other devices</a></p>
        <${Live} device=${device} />
      `}
      <${Methods} device=${device} />
      <section aria-labelledby="facts">
        <h2 id="facts">Facts</h2>
        <${Facts} device=${device} />
      </section>
      ${mayStream && html`<${ProgramLines} id=${id} />`}
    `}
  `;
}
