/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { JsonSchema, TaskTypeStatus } from "../../lib/client/mod.ts";
import { api, devices } from "../bench/bench.ts";
import { isView } from "../bench/fleet.ts";
import { draftFor } from "../form/draft.ts";
import { SchemaForm } from "../form/schema_form.ts";
import { href } from "../page/route.ts";

/** The chosen type. It is kept while another page is open. */
const picked = draftFor("start: which task");

/** The form that starts a task: its type, then its params. */
export function StartTaskForm({ types, onStarted }: { types: readonly TaskTypeStatus[]; onStarted(): Promise<void> }) {
  const loaded = types.filter(({ status }) => status === "loaded");
  const name = picked.value.type ?? "";
  const type = loaded.find((it) => it.name === name);
  const started = useSignal("");
  if (loaded.length === 0) {
    return html`
      <p>There is no task type. A task is a file in the folder <code>tasks</code> beside the bench file: save one there, and
      it appears here.</p>
    `;
  }
  const start = async (value: unknown) => {
    const { task_id, params, record } = value as {
      task_id: string;
      params?: Record<string, unknown>;
      record?: boolean;
    };
    const { task_id: id } = await api.tasks.execute(task_id, name, { params, ...record && { record } });
    // The next one needs another id.
    draftFor(`start ${name}`).value = { ...draftFor(`start ${name}`).value, task_id: "" };
    started.value = id;
    await onStarted();
  };
  return html`
    <details class="card" open>
      <summary><h2>Start a task</h2></summary>
      <div class="field">
        <label for="task-type">Type</label>
        <select id="task-type" value=${name} onInput=${(event: Event & { currentTarget: HTMLSelectElement }) =>
          picked.value = { type: event.currentTarget.value }}>
          <option value="" selected=${name === ""}>Choose what is to be done…</option>
          ${loaded.map((it) =>
            html`
              <option key=${it.name} value=${it.name} selected=${it.name === name}>${it.name}${it.summary &&
                `: ${it.summary}`}</option>
            `
          )}
        </select>
      </div>
      ${type && html`
        <${SchemaForm} key=${name} schema=${startSchema(type, devicesFor(name))}
          draft=${draftFor(`start ${name}`)} submit="Start" submitting="Starting…" onSubmit=${start}
          placeOf=${(path: string) => path && !["task_id", "record"].includes(path) ? `params.${path}` : path} />
      `}
      <p role="status">${started.value && html`
        Started <a href=${href(["tasks", started.value])}>${started.value}</a>.
      `}</p>
    </details>
  `;
}

/** The devices that a task may use; in a view, the devices of its bench. */
function devicesFor(type: string): string[] {
  const all = devices.value?.map(({ device_id }) => device_id) ?? [];
  return isView.value ? all.filter((id) => id.startsWith(type.slice(0, type.indexOf("/") + 1))) : all;
}

/**
 * The schema of the form: the id of the task and its params. A param for a device is a choice among the present
 * devices.
 */
function startSchema({ name, params = {} }: TaskTypeStatus, deviceIds: readonly string[]): JsonSchema {
  const task_id = {
    type: "string",
    title: "Name of this run",
    description: "Such as scan1, unique among the tasks that are kept: letters, digits, dots, _ and -",
  };
  const record = { type: "boolean", default: false, title: "Record its devices while it runs" };
  const properties = { task_id, record, params: { ...withDevices(params, deviceIds), title: `Params of ${name}` } };
  return { type: "object", properties, required: ["task_id", "params"], $defs: params.$defs };
}

function withDevices(schema: JsonSchema, deviceIds: readonly string[]): JsonSchema {
  if (schema.device === true) return deviceIds.length > 0 ? { ...schema, enum: deviceIds } : schema;
  const { properties, items } = schema as { properties?: Record<string, JsonSchema>; items?: JsonSchema };
  const inner = properties && Object.fromEntries(
    Object.entries(properties).map(([key, it]) => [key, withDevices(it, deviceIds)]),
  );
  return { ...schema, ...inner && { properties: inner }, ...items && { items: withDevices(items, deviceIds) } };
}
