/// <reference lib="dom" />
import { html } from "htm/preact";
import { devices, drivers } from "../bench/bench.ts";
import { count } from "../words/quantities.ts";
import { DriverCard } from "./driver_card.ts";

/** All drivers, and the files that failed to load. */
export function DriversPage() {
  const all = drivers.value;
  const failed = all?.filter(({ status }) => status === "failed") ?? [];
  // Files that failed come first: a person is probably fixing them.
  const sorted = [...failed, ...all?.filter(({ status }) => status !== "failed") ?? []];
  return html`
    <h1>Drivers</h1>
    ${!all && html`<p>Loading the drivers…</p>`}
    ${all?.length === 0 && html`
      <p><strong>There is no driver yet.</strong> A driver is one TypeScript file in the daemon's drivers folder. Save one
      there, and it appears here a moment later.</p>
    `}
    ${all && all.length > 0 && html`
      <p class="soft"
        role="status">${count(all.length - failed.length, "driver")} loaded${failed.length > 0 &&
          `, ${
            count(failed.length, "file")
          } failed`}. A saved driver file reloads a moment later; its devices then use the new version.</p>
    `}
    <ul class="drivers">
      ${sorted.map((driver) =>
        html`
          <${DriverCard} key=${`${driver.bench ?? ""} ${driver.file ?? driver.name}`} driver=${driver}
            devices=${devices.value?.filter(({ device_type, bench }) =>
              device_type === driver.name && bench === driver.bench
            ) ?? []} />
        `
      )}
    </ul>
  `;
}
