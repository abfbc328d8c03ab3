/// <reference lib="dom" />
import { html } from "htm/preact";
import { devices, drivers } from "../bench/bench.ts";
import { count } from "../words/words.ts";
import { DriverCard } from "./driver_card.ts";

/** All drivers, and the files that failed to load. */
export function DriversPage() {
  const all = drivers.value;
  const failed = all?.filter(({ status }) => status === "failed") ?? [];
  // What is broken comes first: somebody is probably about to mend it.
  const sorted = [...failed, ...all?.filter(({ status }) => status !== "failed") ?? []];
  return html`
    <h1>Drivers</h1>
    ${!all && html`<p>Asking the daemon for its drivers…</p>`}
    ${all?.length === 0 && html`
      <p><strong>There is no driver yet.</strong> A driver is one TypeScript file in the daemon's drivers folder. Save one
      there, and it is here a moment later.</p>
    `}
    ${all && all.length > 0 && html`
      <p class="soft"
        role="status">${count(all.length - failed.length, "driver")} loaded${failed.length > 0 &&
          `, ${
            count(failed.length, "file")
          } failed`}. Save a driver's file, and it is loaded anew a moment later; its devices go on with it.</p>
    `}
    <ul class="drivers">
      ${sorted.map((driver) =>
        html`
          <${DriverCard} key=${driver.file ?? driver.name} driver=${driver}
            devices=${devices.value?.filter(({ device_type }) => device_type === driver.name) ?? []} />
        `
      )}
    </ul>
  `;
}
