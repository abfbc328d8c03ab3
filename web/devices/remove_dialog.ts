/// <reference lib="dom" />
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { href, route } from "../page/route.ts";
import { count } from "../words/quantities.ts";
import { act } from "./act.ts";
import { Dialog } from "../page/dialog.ts";

/** Asks for confirmation before a device is removed, and lists what is lost. */
export function RemoveDialog({ device, onClose }: { device: DeviceStatus; onClose(): void }) {
  const { device_id: id, kept_in, stream: { readers, sequence, oldest } } = device;
  const remove = async () => {
    onClose();
    if (!await act(id, "remove")) return;
    if (route.value.path[1] === id) location.hash = href(["devices"]);
    document.getElementById("main")?.focus();
  };
  return html`
    <${Dialog} title="Remove ${id}?" onClose=${onClose}>
      <p>The daemon stops and disconnects it, and removes it from the bench. This ends or deletes:</p>
      <ul>
        <li>${readers > 0 ? `the streams of ${count(readers, "reader")}` : "no streams: it has no readers"};</li>
        <li>${sequence > oldest
          ? `the ${count(sequence - oldest, "sample")} that the daemon holds for readers that reconnect`
          : "no samples: the daemon holds none"}.</li>
      </ul>
      <p>${kept_in === "bench_file"
        ? "It is in the bench file: it is back after a restart of the daemon."
        : kept_in === "data_folder"
        ? "The daemon no longer keeps it in its data folder."
        : "It is not back after a restart of the daemon."}</p>
      <div class="row">
        <button class="danger" onClick=${remove}>Remove ${id}</button>
        <button onClick=${onClose}>Keep it</button>
      </div>
      <//>
  `;
}
