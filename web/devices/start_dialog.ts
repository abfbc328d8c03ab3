/// <reference lib="dom" />
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { api, drivers, refresh } from "../bench/bench.ts";
import type { DeviceStatus, JsonSchema } from "../../lib/client/mod.ts";
import { draftFor } from "../form/draft.ts";
import { SchemaForm } from "../form/schema_form.ts";
import { Dialog } from "../page/dialog.ts";
import { driverOf, optionsOf } from "../bench/driver_of.ts";

/** Whoever comes second does not shape the run. */
function isOther(asked: Record<string, unknown>, running: Record<string, unknown>): boolean {
  return Object.keys(asked).some((key) => JSON.stringify(asked[key]) !== JSON.stringify(running[key]));
}

/** Asks for the options of a run, and starts it. */
export function StartDialog({ device, onClose }: { device: DeviceStatus; onClose(): void }) {
  const { device_id: id } = device;
  const last = useRef<JsonSchema>({});
  // A driver that fails to reload while somebody types takes nothing away.
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
