/// <reference lib="dom" />
import { html } from "htm/preact";
import { alarms } from "../bench/alarms.ts";
import { daemonNow, type MeasuredDevice, outage } from "../bench/bench.ts";
import { rateOf } from "../bench/rate_words.ts";
import { heldPurpose } from "../leases/held_leases.ts";
import { MenuButton } from "../devices/action_menu.ts";
import { href } from "../page/route.ts";
import { timeOfDay } from "../words/quantities.ts";
import { stateOf } from "../words/states.ts";
import { dateAndTime } from "../words/times.ts";
import { CURVE_HEIGHT, CURVE_WIDTH, curvePath } from "./curve.ts";
import type { DeviceReadings, ShownValue } from "./device_readings.ts";
import { readingsOf } from "./readings.ts";

/** The number of values of a tile: the first is large. */
const TILE_VALUES = 4;

/** A longer text is smaller, so that its tile shows all of it. */
const LONG_TEXT = 7;

/** One device of the bench: its newest values, the last minute of the first one, its state and its rate. */
export function Tile({ device, isWall = false }: { device: MeasuredDevice; isWall?: boolean }) {
  const { device_id: id, last_error, state } = device;
  const readings = readingsOf(id);
  const { word, tone } = stateOf(device, outage.value !== undefined);
  const isDown = !device.stale_since && (state === "retrying" || state === "faulted");
  return html`
    <li class="card tile" data-tone=${tone}>
      <div class="tile-head">
        <h2>${isWall ? id : html`<a href=${href(["devices", id])}>${id}</a>`}</h2>
        <span class="tag ${tone}">${word}</span>
        ${!isWall && html`<${MenuButton} id=${id} />`}
      </div>
      <${Values} readings=${readings} isOld=${isOld(device)} />
      ${isDown && last_error
        ? html`<p class="tile-error bad" title=${last_error.message}>${last_error.message.split("\n")[0]}</p>`
        : html`
          <${Curve} readings=${readings} />
          ${device.stale_since
            ? html`<${Away} since=${device.stale_since} />`
            : html`<${EarlierError} device=${device} />`}
        `}
      <p class="tile-foot soft"><span>${ageOf(device, readings) ??
        rateOf(device)}</span><${Note} device=${device} /></p>
    </li>
  `;
}

/** In a view: since when the bench of a device is away. */
function Away({ since }: { since: string }) {
  const words = `Its bench is away since ${dateAndTime(Date.parse(since))}`;
  return html`<span class="warn one-line" title=${words}>${words}</span>`;
}

/** The error that a device has recovered from, until a person dismisses it; empty without one. */
export function EarlierError({ device: { connected, last_error } }: { device: MeasuredDevice }) {
  if (!connected || !last_error) return null;
  const words = `Error at ${timeOfDay(Date.parse(last_error.timestamp))}: ${last_error.message.split("\n")[0]}`;
  return html`<span class="warn one-line" title=${words}>${words}</span>`;
}

/** The first line about a device: its alarms or its owner, else its driver. */
function Note({ device }: { device: MeasuredDevice }) {
  const { device_id: id, device_type, lease } = device;
  const open = alarms.value?.filter((it) => it.device_id === id && it.incident?.ended_at === null) ?? [];
  if (open.length > 0) return html`<span class="bad">Alarm: ${open.map(({ name }) => name).join(", ")}</span>`;
  const owner = heldPurpose(device) === undefined ? lease?.owner ?? null : "you";
  return html`<span>${owner === null ? device_type : `leased by ${owner}`}</span>`;
}

/** True if the newest values of a device may no longer hold. */
export function isOld({ state, streams, stale_since }: MeasuredDevice): boolean {
  return outage.value !== undefined || Boolean(stale_since) ||
    !(state === "streaming" || (state === "connected" && streams === false));
}

/** The time of values that are old, in words; `undefined` for a device that streams. */
export function ageOf(device: MeasuredDevice, { time }: DeviceReadings): string | undefined {
  return time !== undefined && isOld(device) ? `values of ${timeOfDay(time * 1000)}` : undefined;
}

function Values({ readings, isOld }: { readings: DeviceReadings; isOld: boolean }) {
  const [first, ...others] = readings.values.slice(0, TILE_VALUES);
  const hidden = readings.count - others.length - 1;
  if (!first) return html`<p class="big soft">–</p>`;
  const isNamed = readings.count > 1 || first.name !== "value";
  return html`
    <p class=${`big number${isOld ? " soft" : ""}${first.text.length > LONG_TEXT ? " long" : ""}`}>${isNamed &&
      html`<span class="channel">${first.name}</span>`}
      <${TileValue} shown=${first} /></p>
    <ul class=${`others number${isOld ? " soft" : ""}`}>${others.map((shown) =>
      html`<li key=${shown.name}><span class="channel">${shown.name}</span> <${TileValue} shown=${shown} /></li>`
    )}${hidden > 0 && html`<li class="soft">and ${hidden} more</li>`}</ul>
  `;
}

/** A value with its unit. */
export function TileValue({ shown: { text, unit } }: { shown: ShownValue }) {
  return html`<span class="value">${text}</span>${unit && html`<span class="unit"> ${unit}</span>`}`;
}

/** The last minute as a line. Its values stand beside it, so the line has no axis. */
export function Curve({ readings }: { readings: DeviceReadings }) {
  return html`
    <svg class="curve" viewBox=${`0 0 ${CURVE_WIDTH} ${CURVE_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d=${curvePath(readings, daemonNow() / 1000)} />
    </svg>
  `;
}
