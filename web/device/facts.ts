/// <reference lib="dom" />
import { html } from "htm/preact";
import type { JsonSchema } from "../../lib/client/mod.ts";
import { drivers, type MeasuredDevice } from "../bench/bench.ts";
import { fieldUnit } from "../form/hint.ts";
import { href } from "../page/route.ts";
import { withUnit } from "../words/quantities.ts";
import { AddAgain } from "../devices/add_again.ts";
import { TO_CHANGE } from "../devices/advice.ts";
import { rateOf } from "../bench/rate_words.ts";
import { driverOf } from "../bench/driver_of.ts";
import { permissionWords } from "../drivers/permissions.ts";
import { shortJson } from "../words/short_json.ts";
import { ownerWords } from "../leases/owner_words.ts";
import { partsOf } from "../drivers/signature.ts";

const AFTER_RESTART = {
  bench_file: "it is back: it is in the bench file",
  data_folder: "it is back: the daemon keeps it in its data folder",
  none: "it is gone: it was added and not kept",
};

/** The facts of a device. */
export function Facts({ device }: { device: MeasuredDevice }) {
  const { device_type, restarts, params, options, permissions, process, stream, shared_process } = device;
  const { instrument_clock: clock } = device;
  const driver = driverOf(device, drivers.value);
  const held = stream.sequence - stream.oldest;
  const granted = permissionWords(permissions);
  // A driver that a script registered runs inside the daemon, without permissions of its own.
  const isInline = driver?.file === null;
  return html`
    <dl class="facts">
      <${Fact} name="Driver"><a href=${href(["drivers"])}>${device_type}</a>${driver?.summary &&
        ` · ${driver.summary}`}<//>
      ${device.lease && html`<${Fact} name="Owner, who alone may command it">${ownerWords(device.lease)}<//>`}
      <${Fact} name="Parameters">
        <${Values} values=${params} schema=${driver?.params} />
        ${Object.keys(params).length > 0 && html`<p class="soft">${TO_CHANGE} <${AddAgain} device=${device} /></p>`}
        <//>
      <${Fact} name="After a restart of the daemon">${AFTER_RESTART[device.kept_in ?? "none"]}<//>
      <${Fact} name="Stream options"><${Values} values=${options} schema=${driver?.options} /><//>
      <${Fact} name="Sample rate">${rateOf(device)}<//>
      ${clock && html`<${Fact} name="Clock of the instrument">${clockWords(clock)}<//>`}
      <${Fact} name="Samples so far">${stream.sequence.toLocaleString()}<//>
      <${Fact} name="Samples kept for readers that lose their connection">${held > 0
        ? `the last ${held.toLocaleString()}, in ${withUnit(stream.bytes, "B")} of ${withUnit(stream.max_bytes, "B")}`
        : "none"}<//>
      <${Fact} name="Readers: programs and pages that receive its samples">${stream.readers}<//>
      <${Fact} name="Driver restarts">${restarts}<//>
      <${Fact} name="Process of its driver">${process
        ? `${withUnit(process.memory, "B")} of ${withUnit(process.memory_limit, "B")} memory, ` +
          `${withUnit(process.cpu * 100, "%", 3)} of a core, pid ${process.pid}`
        : isInline
        ? "none: it runs in the daemon"
        : device.connected
        ? "not measured yet"
        : "none: it is not connected"}
        ${shared_process && html`<p class="soft">${sharedWords(shared_process)}</p>`}<//>
      <${Fact} name="Permissions of its driver">${isInline ? "those of the daemon: it runs in it" : granted}<//>
    </dl>
  `;
}

/** The words for a process of several devices, whose figures and permissions are those of all of them. */
function sharedWords({ name, devices }: NonNullable<MeasuredDevice["shared_process"]>): string {
  const those = devices.length > 1 ? `shared by ${devices.join(", ")}: figures and permissions are those of all` : "";
  return `${name}${those ? `, ${those}` : ", which no other device shares now"}`;
}

/** The instrument's clock beside the daemon's. */
function clockWords({ origin, offset, drift, steps }: NonNullable<MeasuredDevice["instrument_clock"]>): string {
  const place = origin === "own" ? "counts from a zero of its own" : withOffset(offset);
  const pace = drift === null
    ? ""
    : drift === 0
    ? ", as fast as the daemon's"
    : `, ${Math.abs(drift)} ppm ${drift > 0 ? "faster" : "slower"} than the daemon's`;
  return `${place}${pace}${steps > 0 ? `, was set ${steps === 1 ? "once" : `${steps} times`}` : ""}`;
}

function withOffset(offset: number): string {
  return `${withUnit(Math.abs(offset), "s", 3)} ${offset < 0 ? "ahead of" : "behind"} the daemon's`;
}

function Fact({ name, children }: { name: string; children?: unknown }) {
  return html`
    <div>
      <dt>${name}</dt>
      <dd class="number">${children}</dd>
    </div>
  `;
}

/** Values by their keys with their units. The driver's defaults fill in the rest. */
function Values({ values, schema }: { values: Record<string, unknown>; schema: JsonSchema | undefined }) {
  const parts = schema ? partsOf(schema) : [];
  const units = new Map(parts.map((part) => [part.key, fieldUnit(part)]));
  const defaults = Object.fromEntries(
    parts.flatMap(({ key, initial }) => initial === undefined ? [] : [[key, initial]]),
  );
  const all = Object.entries({ ...defaults, ...values });
  if (all.length === 0) return html`<span>none</span>`;
  return html`
    <ul class="values">
      ${all.map(([key, value]) => html`<li key=${key}><code>${key}: ${shortJson(value)} ${units.get(key)}</code></li>`)}
    </ul>
  `;
}
