/// <reference lib="dom" />
import { type Signal, signal, useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { type DriverStatus, type JsonSchema, ServerAPIError } from "../../lib/client/mod.ts";
import { api, drivers, refresh } from "../bench/bench.ts";
import { type Draft, draftFor } from "../form/draft.ts";
import { SchemaForm } from "../form/schema_form.ts";
import { href } from "../page/route.ts";
import { act } from "./act.ts";

/** The chosen driver. It is kept while another page is open. */
export const picked = draftFor("add: which driver");
/** True when another part of the page has asked to open the form. */
export const isAsked = signal(false);

/** The value of the choice that no driver has: a class that the daemon loads for the device. */
const PACKAGE = "python:";

/** Stands for the driver of a class, whose params are known once the class is loaded. */
const PACKAGE_DRIVER: DriverStatus = { name: PACKAGE, file: null, status: "loaded" };

/** The form that adds a device: the driver, then its parameters. */
export function AddDevice({ isFirst }: { isFirst: boolean }) {
  const opened = useRef(isFirst).current;
  const all = drivers.value?.filter(({ status }) => status === "loaded") ?? [];
  const last = useRef<DriverStatus | undefined>(undefined);
  const name = picked.value.driver ?? "";
  // The form stays when its driver reloads, or fails to reload.
  const driver = name === PACKAGE
    ? PACKAGE_DRIVER
    : all.find((it) => it.name === name) ?? (last.current?.name === name ? last.current : undefined);
  last.current = driver;
  const added = useSignal<{ id: string; isKept: boolean } | undefined>(undefined);
  const card = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (!isAsked.value) return;
    isAsked.value = false;
    card.current!.open = true;
    card.current!.querySelector("summary")!.focus();
  }, [isAsked.value]);
  return html`
    <details class="card" open=${opened} ref=${card}>
      <summary><h2>Add a device</h2></summary>
      ${drivers.value && all.length === 0 && html`
        <p>No driver is loaded. <a href=${href(["drivers"])}>See the drivers</a>, or save one into the daemon's drivers
        folder: it appears here a moment later.</p>
      `}
      <div class="field">
        <label for="driver">Driver</label>
        <select id="driver" value=${name} onInput=${(event: Event & { currentTarget: HTMLSelectElement }) =>
          picked.value = { driver: event.currentTarget.value }}>
          <option value="" selected=${name === ""}>Choose the driver for your instrument…</option>
          ${all.map((it) =>
            html`
              <option value=${it.name} selected=${it.name === name}>${it.name}${it.summary &&
                `: ${it.summary}`}</option>
            `
          )}
          <option value=${PACKAGE} selected=${name === PACKAGE}>A class of a Python package…</option>
        </select>
      </div>
      ${driver &&
        html`<${AddForm} key=${driver.name} driver=${driver} onAdded=${(id: string, isKept: boolean) =>
          added.value = { id, isKept }} />`}
      <p role="status">${added.value && html`
        Added <a href=${href(["devices", added.value.id])}>${added.value.id}</a>:${" "}
        <a href=${href(["devices", added.value.id], { live: "yes" })}>watch it live</a>.
        ${added.value.isKept
          ? "The daemon keeps it: it is back after a restart."
          : "It lasts until the daemon stops. Its page has the lines that keep it in the bench file."}
      `}</p>
    </details>
  `;
}

interface NewDevice {
  device_id?: string;
  /** The class of a Python package. */
  device_type?: string;
  params?: Record<string, unknown>;
}

function AddForm({ driver, onAdded }: { driver: DriverStatus; onAdded(id: string, isKept: boolean): void }) {
  const draft = addDraft(driver);
  const connects = useSignal(true);
  const keeps = useSignal(false);
  const add = async ({ device_id = "", device_type = driver.name ?? "", params }: NewDevice) => {
    await api.addDevice(device_id, device_type, params, keeps.value ? { keep: true } : {}).catch(throwAtName);
    draft.value = {};
    onAdded(device_id, keeps.value);
    await refresh();
    if (connects.value) act(device_id, "connect");
  };
  return html`
    <${SchemaForm} schema=${schemaFor(driver)} draft=${draft} submit="Add device" submitting="Adding…"
      onSubmit=${add} placeOf=${(path: string) => path && path !== "device_id" ? `params.${path}` : path}>
      <span class="tick">
        <input type="checkbox" id="connects" checked=${connects.value}
          onInput=${(event: Event & { currentTarget: HTMLInputElement }) =>
            connects.value = event.currentTarget.checked} />
        <label for="connects">Connect it now</label>
      </span>
      <span class="tick">
        <input type="checkbox" id="keeps" checked=${keeps.value}
          onInput=${(event: Event & { currentTarget: HTMLInputElement }) =>
            keeps.value = event.currentTarget.checked} />
        <label for="keeps">Keep it over a restart of the daemon
          <small>in its data folder, with its passwords</small></label>
      </span>
      <//>
  `;
}

/** The entries of the form for this driver. */
export function addDraft({ name }: DriverStatus): Signal<Draft> {
  return draftFor(`add ${name}`);
}

/** The schema of the form: the device's name and its driver's parameters. */
export function schemaFor({ name, params = {} }: DriverStatus): JsonSchema {
  const device_id = {
    type: "string",
    title: "Name",
    description: "Such as laser1: letters, digits, dots, _ and -",
  };
  if (name === PACKAGE) return { type: "object", properties: { device_id, ...PACKAGE_FIELDS }, required: REQUIRED };
  const properties = { device_id, params: { ...params, title: `Parameters of ${name}` } };
  return { type: "object", properties, required: ["device_id", "params"], $defs: params.$defs };
}

const PACKAGE_FIELDS: Record<string, JsonSchema> = {
  device_type: {
    type: "string",
    title: "Class",
    description:
      "Such as pymeasure:pymeasure.instruments.keithley.Keithley2400; of others qcodes: or python:, then the class",
  },
  params: {
    type: "object",
    additionalProperties: true,
    title: "Parameters",
    description: 'The arguments of its constructor, such as {"adapter": "GPIB0::24::INSTR", "sample": ["voltage"]}',
  },
};
const REQUIRED = ["device_id", "device_type"];

/** Shows the error of a name that is taken beside the name's field. */
function throwAtName(thrown: unknown): never {
  if (!(thrown instanceof ServerAPIError) || thrown.type !== "DeviceExists") throw thrown;
  const { message, status, type, context } = thrown;
  throw new ServerAPIError(message, {
    status,
    type,
    context: { ...context, issues: [{ path: "device_id", message }] },
  });
}
