/// <reference lib="dom" />
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { api, drivers, refresh } from "../bench/bench.ts";
import type { DeviceStatus, JsonSchema } from "../../lib/client/mod.ts";
import { draftFor } from "../form/draft.ts";
import { SchemaForm } from "../form/schema_form.ts";
import { Dialog } from "../page/dialog.ts";
import { driverOf, optionsOf } from "../bench/driver_of.ts";

/** A device that streams already keeps its options. */
function isOther(asked: Record<string, unknown>, running: Record<string, unknown>): boolean {
  return Object.keys(asked).some((key) => JSON.stringify(asked[key]) !== JSON.stringify(running[key]));
}

/** Asks for the stream options of a device, and starts it. */
export function StartDialog({ device, onClose }: { device: DeviceStatus; onClose(): void }) {
  const { device_id: id } = device;
  const last = useRef<JsonSchema>({});
  // The form stays when its driver fails to reload.
  const schema = last.current = optionsOf(device, driverOf(device, drivers.value)) ?? last.current;
  return html`
    <${Dialog} title="Start ${id}" onClose=${onClose}>
      <${SchemaForm} schema=${schema} draft=${draftFor(`start ${id}`)}
        submit="Start" submitting="Starting…" onSubmit=${async (options: Record<string, unknown>) => {
          const { options: running } = await api.startStream(id, options);
          await refresh();
          if (isOther(options, running)) throw new Error("It streams already, with other options. Stop it first.");
          onClose();
        }}>
        <button type="button" onClick=${onClose}>Cancel</button>
        <//>
        <//>
  `;
}
