/// <reference lib="dom" />
import { html } from "htm/preact";
import { type MeasuredDevice, outage } from "../bench/bench.ts";
import { rateOf } from "../bench/rate_words.ts";
import { MenuButton } from "../devices/action_menu.ts";
import { href } from "../page/route.ts";
import { stateOf } from "../words/states.ts";
import { readingsOf } from "./readings.ts";
import { Curve, EarlierError, isOld, TileValue } from "./tile.ts";

/** The number of values in a row. */
const ROW_VALUES = 3;

/** The devices of the bench as rows of one line. */
export function OverviewTable({ devices }: { devices: readonly MeasuredDevice[] }) {
  return html`
    <div class="table-frame" tabindex="0" role="region" aria-label="Devices">
      <table class="bench-table">
        <caption class="visually-hidden">The devices of the bench</caption>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">State</th>
            <th scope="col">Newest values</th>
            <th scope="col">Last minute</th>
            <th scope="col">Rate</th>
            <th scope="col">Driver</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>${devices.map((device) => html`<${Row} key=${device.device_id} device=${device} />`)}</tbody>
      </table>
    </div>
  `;
}

function Row({ device }: { device: MeasuredDevice }) {
  const { device_id: id, device_type, last_error, state } = device;
  const { word, tone } = stateOf(device, outage.value !== undefined);
  const readings = readingsOf(id);
  const error = state === "retrying" || state === "faulted" ? last_error?.message.split("\n")[0] : undefined;
  return html`
    <tr>
      <th scope="row"><a href=${href(["devices", id])}>${id}</a></th>
      <td><span class="tag ${tone}">${word}</span></td>
      <td class=${`number${isOld(device) ? " soft" : ""}`}>${error !== undefined
        ? html`<span class="bad one-line" title=${error}>${error}</span>`
        : html`<span class="one-line">${
          readings.values.slice(0, ROW_VALUES).map((shown) =>
            html`<span class="cell-value" key=${shown.name}>${
              readings.count > 1 &&
              html`<span class="channel">${shown.name}</span>`
            } <${TileValue} shown=${shown} /></span>`
          )
        }</span>`}</td>
      <td>
        <${Curve} readings=${readings} />
      </td>
      <td class="number"><span class="one-line">${rateOf(device)}</span></td>
      <td>${device_type} <${EarlierError} device=${device} /></td>
      <td>
        <${MenuButton} id=${id} />
      </td>
    </tr>
  `;
}
