/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { devices, type MeasuredDevice, outage } from "../bench/bench.ts";
import { count } from "../words/quantities.ts";
import { AddDevice } from "./add_device.ts";
import { DeviceRow } from "./device_row.ts";
import { StateNews } from "./state_news.ts";
import { stateOf, summaryOf } from "../words/states.ts";

/** With more devices than this, the page has a search field. */
const MANY = 8;

/** All devices of the bench. */
export function DevicesPage() {
  const all = devices.value;
  const sought = useSignal("");
  const found = all?.filter((device) => matches(device, sought.value));
  return html`
    <h1>Devices</h1>
    <${StateNews} />
    ${!all && html`<p>Loading the devices…</p>`}
    ${all?.length === 0 && html`
      <p><strong>There is no device yet.</strong> Add the first one here: choose the driver for your instrument, and enter its
      address. The bench file (bench.yaml) keeps a device across restarts of the daemon.</p>
    `}
    ${all && all.length > 0 && html`<p class="soft">${summaryOf(all, outage.value !== undefined)}</p>`}
    ${all && html`<${AddDevice} isFirst=${all.length === 0} />`}
    ${all && all.length > MANY && html`
      <p class="row">
        <label for="sought">Find</label>
        <input id="sought" type="search" value=${sought.value} placeholder="name, driver or state"
          onInput=${(event: Event & { currentTarget: HTMLInputElement }) => sought.value = event.currentTarget.value} />
        <span role="status" class="soft">${sought.value && count(found!.length, "device")}</span>
      </p>
    `}
    <ul class="devices">${found?.map((device) => html`<${DeviceRow} key=${device.device_id} device=${device} />`)}</ul>
  `;
}

function matches(device: MeasuredDevice, sought: string): boolean {
  const text = `${device.device_id} ${device.device_type} ${stateOf(device, outage.value !== undefined).word}`
    .toLowerCase();
  return sought.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
