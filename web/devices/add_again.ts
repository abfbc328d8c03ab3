/// <reference lib="dom" />
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { drivers } from "../bench/bench.ts";
import { draftOf } from "../form/draft.ts";
import { formOf } from "../form/form_of.ts";
import { href } from "../page/route.ts";
import { addDraft, isAsked, picked, schemaFor } from "./add_device.ts";
import { driverOf } from "../bench/driver_of.ts";

/** Opens the form that adds a device, with the values of this one. Without its driver there is no form. */
export function AddAgain({ device }: { device: DeviceStatus }) {
  const { device_id, device_type, params } = device;
  const driver = driverOf(device, drivers.value);
  if (!driver) return null;
  const fillIn = () => {
    picked.value = { driver: device_type };
    addDraft(driver).value = draftOf(formOf(schemaFor(driver)), { device_id, params });
    isAsked.value = true;
    location.hash = href(["devices"]);
  };
  return html`
    <button onClick=${fillIn}>Add again with other parameters<span class="visually-hidden"> (${device_id})</span></button>
  `;
}
