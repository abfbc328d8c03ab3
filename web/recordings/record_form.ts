/// <reference lib="dom" />
import { html } from "htm/preact";
import { useId } from "preact/hooks";
import { devices } from "../bench/bench.ts";
import { benches, isView, shownBenches } from "../bench/fleet.ts";

/** The form that starts a recording: its name, its devices, a note. */
export function RecordForm({ onRecord }: { onRecord(name: string, devices: string[], note: string): void }) {
  const id = useId();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    onRecord(String(given.get("name")), [String(given.get("device"))], String(given.get("note")));
    form.reset();
  };
  return html`
    <form class="row" onSubmit=${submit}>
      <label for="${id}-name">Name</label>
      <input id="${id}-name" name="name" required maxlength="100" />
      <label for="${id}-device">Devices</label>
      <select id="${id}-device" name="device">
        ${choices().map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
        ${devices.value?.map(({ device_id }) =>
          html`<option key=${device_id} value=${device_id}>${device_id}</option>`
        )}
      </select>
      <label for="${id}-note">Note</label>
      <input id="${id}-note" name="note" maxlength="10000" />
      <button>Record</button>
    </form>
  `;
}

/** All devices; in a view, the devices of one bench, because a recording belongs to one bench. */
function choices(): (readonly [string, string])[] {
  if (!isView.value) return [["*", "all"]];
  const names = shownBenches() ?? benches.value?.map(({ bench }) => bench) ?? [];
  return names.map((name) => [`${name}/*`, `all of ${name}`]);
}
