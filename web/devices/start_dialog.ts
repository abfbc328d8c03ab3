/// <reference lib="dom" />
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { api, drivers, refresh } from "../bench/bench.ts";
import { type DeviceStatus, type JsonSchema, ServerAPIError } from "../../lib/client/mod.ts";
import { draftFor } from "../form/draft.ts";
import { SchemaForm } from "../form/schema_form.ts";
import { Dialog } from "../page/dialog.ts";
import { withLease } from "../leases/ask_lease.ts";
import { driverOf, optionsOf } from "../bench/driver_of.ts";

/** A device that streams already keeps its options. */
function withReason(thrown: unknown): never {
  if (!(thrown instanceof ServerAPIError) || thrown.type !== "OptionsInUse") throw thrown;
  throw new Error("It streams already, with other options. Stop it first.");
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
          await withLease(id);
          await api.startStream(id, options).catch(withReason);
          await refresh();
          onClose();
        }}>
        <button type="button" onClick=${onClose}>Cancel</button>
        <//>
        <//>
  `;
}
