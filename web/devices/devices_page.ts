/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { devices, outage } from "../bench/bench.ts";
import { matches } from "../bench/select.ts";
import { count } from "../words/quantities.ts";
import { AddDevice } from "./add_device.ts";
import { DeviceRow } from "./device_row.ts";
import { MakeBenchSafe } from "./make_safe.ts";
import { StateChanges } from "./state_changes.ts";
import { summaryOf } from "../words/states.ts";

/** With more devices than this, the page has a search field. */
const MANY = 8;

/** All devices of the bench. */
export function DevicesPage() {
  const all = devices.value;
  const search = useSignal("");
  const found = all?.filter((device) => matches(device, search.value, outage.value !== undefined));
  return html`
    <h1>Devices</h1>
    <${StateChanges} />
    ${!all && html`<p>Loading the devices…</p>`}
    ${all?.length === 0 && html`
      <p><strong>There is no device yet.</strong> Add the first one here: choose the driver for your instrument, and enter its
      address. The bench file (bench.yaml) keeps a device across restarts of the daemon.</p>
    `}
    ${all && all.length > 0 && html`<p class="soft">${summaryOf(all, outage.value !== undefined)}</p>`}
    <${MakeBenchSafe} />
    ${all && html`<${AddDevice} isFirst=${all.length === 0} />`}
    ${all && all.length > MANY && html`
      <p class="row">
        <label for="search">Find</label>
        <input id="search" type="search" value=${search.value} placeholder="name, driver or state"
          onInput=${(event: Event & { currentTarget: HTMLInputElement }) => search.value = event.currentTarget.value} />
        <span role="status" class="soft">${search.value && count(found!.length, "device")}</span>
      </p>
    `}
    <ul class="devices">${found?.map((device) => html`<${DeviceRow} key=${device.device_id} device=${device} />`)}</ul>
  `;
}
