/// <reference lib="dom" />
import { html } from "htm/preact";
import { useId } from "preact/hooks";
import { devices } from "../bench/bench.ts";

/** Begins a recording: its name, its devices, a note. */
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
        <option value="*">all</option>
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
