/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { devices, outage } from "../bench/bench.ts";
import { stateOf } from "../words/states.ts";
import { href, route } from "../page/route.ts";
import { OpenLayout } from "./open_layout.ts";
import { Plots } from "./plots.ts";

/** The number of streaming devices that are shown at first. */
const MAX_AT_FIRST = 4;

/** More devices are chosen in a part that can be closed. */
const MAX_OPEN = 8;

const NO_STREAM = "Cannot stream";

/** Live plots of several devices, which the address names. */
export function PlotsPage() {
  const asked = route.value.query.get("devices");
  const chosen = asked?.split(",").filter(Boolean) ?? [];
  const all = devices.value;
  const layout = route.value.query.get("layout");
  // Open where nothing is chosen yet; then it is the person's.
  const [isFirstOpen] = useState(chosen.length === 0);

  // Only streaming devices: opening the page must not start an instrument.
  useEffect(() => {
    const streaming = all?.filter((device) => device.streaming).map(({ device_id }) => device_id);
    if (asked === null && layout === null && streaming?.length) {
      location.replace(addressOf(streaming.slice(0, MAX_AT_FIRST)));
    }
  }, [asked, all === undefined]);

  const choose = (id: string, isWanted: boolean) => {
    location.hash = addressOf(isWanted ? [...chosen, id] : chosen.filter((other) => other !== id));
  };
  const missing = chosen.filter((id) => all && !all.some(({ device_id }) => device_id === id));
  const words = new Map(
    all?.map((device) => [
      device.device_id,
      device.streams === false ? NO_STREAM : stateOf(device, outage.value !== undefined).word,
    ]),
  );
  const picker = html`
    <fieldset class="device-choice">
      <legend>Devices</legend>
      ${[...words.keys(), ...missing].map((id) =>
        html`
          <label class="row" key=${id}>
            <input type="checkbox" checked=${chosen.includes(id)}
              disabled=${words.get(id) === NO_STREAM && !chosen.includes(id)} onChange=${(event: Event) =>
                choose(id, (event.target as HTMLInputElement).checked)} />
            <span>${id}</span> <span class="soft">${words.get(id) ?? "Not on the bench"}</span>
          </label>
        `
      )}
    </fieldset>
  `;
  if (layout !== null) {
    return html`
      <h1>Plots</h1>
      <${OpenLayout} name=${layout} />
    `;
  }
  return html`
    <h1>Plots</h1>
    ${all?.length === 0 && html`<p>There are no devices yet. <a href=${href(["devices"])}>Add one</a> first.</p>`}
    ${words.size + missing.length > MAX_OPEN
      ? html`
        <details class="card device-picker" open=${isFirstOpen}>
          <summary>Devices: ${chosen.length} of ${words.size} shown</summary>
          ${picker}
        </details>
      `
      : picker}
    ${chosen.length
      ? html`<${Plots} deviceIds=${chosen} withId=${route.value.query.get("with") ?? undefined} />`
      : html`<p>Choose the devices that you want to see. A connected device starts to stream when you choose it.</p>`}
  `;
}

function addressOf(deviceIds: string[]): string {
  return href(["plots"], { devices: deviceIds.join(",") });
}
