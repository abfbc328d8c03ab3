/// <reference lib="dom" />
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import type { AlarmStatus } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api, devices, refresh } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { withUnit } from "../words/quantities.ts";
import { dateAndTime } from "../words/times.ts";
import { alarms } from "../bench/alarms.ts";

const HEADINGS = ["Device", "Alarm", "State", "Since", "Value", "Last incident", "Action"];

const ORDER: readonly AlarmStatus["state"][] = ["firing", "acknowledged", "pending", "ok"];

/** All alarms with their states; firing alarms come first. */
export function AlarmsPage() {
  const [failure, setFailure] = useState("");
  const acknowledge = async ({ device_id, name }: AlarmStatus) => {
    setFailure("");
    try {
      await api.acknowledgeAlarm(device_id, name);
      await refresh();
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  if (alarms.value?.length === 0) {
    return html`
      <h1>Alarms</h1>
      <p>There are no alarms. The bench file declares them: add <code>alarms</code> to a device.</p>
    `;
  }
  const listed = alarms.value?.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state)) ?? [];
  return html`
    <h1>Alarms</h1>
    <p class="soft">Limits that the bench file declares. They are no safety function of a machine.</p>
    <p class="bad" role="alert">${failure}</p>
    <div class="scrolled" tabindex="0" role="region" aria-label="Alarms">
      <table class="listing alarms">
        <thead>
          <tr>${HEADINGS.map((name) => html`<th scope="col">${name}</th>`)}</tr>
        </thead>
        <tbody>${listed.map((alarm) =>
          html`<${Row} key=${`${alarm.device_id}/${alarm.name}`} alarm=${alarm} onAcknowledge=${acknowledge} />`
        )}</tbody>
      </table>
    </div>
  `;
}

function Row({ alarm, onAcknowledge }: { alarm: AlarmStatus; onAcknowledge(alarm: AlarmStatus): void }) {
  const { device_id, name, condition, unit, state, since, value, watched } = alarm;
  const isOpen = state === "firing" || state === "acknowledged";
  const words = watched || isOpen ? state : "not watched";
  const isStale = devices.value?.some((it) => it.device_id === device_id && it.stale_since);
  return html`
    <tr>
      <th scope="row"><a href=${href(["devices", device_id])}>${device_id}</a></th>
      <td>${name} <small class="soft">${condition}</small></td>
      <td class=${isOpen ? "bad" : ""}>${words} ${isStale &&
        html`<small class="soft">when its bench was last there</small>`}</td>
      <td>${dateAndTime(Date.parse(since))}</td>
      <td>${withUnit(value, unit)}</td>
      <td>${incidentWords(alarm)}</td>
      <td>${state === "firing" && !isStale && html`
        <button onClick=${() =>
          onAcknowledge(alarm)} aria-label="Acknowledge ${name} of ${device_id}">Acknowledge</button>
      `}</td>
    </tr>
  `;
}

/** The last incident in words; empty if there was none. */
function incidentWords({ incident, unit }: AlarmStatus): string {
  if (!incident) return "";
  const { began_at, ended_at, worst, flaps, acknowledged, safe } = incident;
  const end = ended_at === null ? "" : ` to ${dateAndTime(Date.parse(ended_at))}`;
  return [
    `${dateAndTime(Date.parse(began_at))}${end}`,
    `worst ${withUnit(worst, unit)}`,
    flaps > 0 && `${flaps} times again`,
    acknowledged && `acknowledged by ${acknowledged.by}${acknowledged.note ? `: ${acknowledged.note}` : ""}`,
    safe && { pending: "being made safe", done: "made safe", failed: "not safe: it is tried again" }[safe],
  ].filter(Boolean).join(", ");
}
