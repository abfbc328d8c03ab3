/// <reference lib="dom" />
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { href, route } from "../page/route.ts";
import { count } from "../words/words.ts";
import { act } from "./act.ts";
import { Dialog } from "../page/dialog.ts";

/** Asks before a device is removed, and says what goes with it. */
export function RemoveDialog({ device, onClose }: { device: DeviceStatus; onClose(): void }) {
  const { device_id: id, stream: { readers, sequence, oldest } } = device;
  const remove = async () => {
    onClose();
    if (!await act(id, "remove")) return;
    if (route.value.path[1] === id) location.hash = href(["devices"]);
    document.getElementById("main")?.focus();
  };
  return html`
    <${Dialog} title="Remove ${id}?" onClose=${onClose}>
      <p>It is stopped and disconnected, and leaves the bench. With it go:</p>
      <ul>
        <li>${readers > 0
          ? `the streams of ${count(readers, "reader")}, which end`
          : "no streams: nobody reads it"};</li>
        <li>${sequence > oldest
          ? `the ${count(sequence - oldest, "sample")} that the daemon still holds for those who come back`
          : "no samples: the daemon holds none"}.</li>
      </ul>
      <p>If it stands in the bench file, it is back when the daemon starts again.</p>
      <div class="row">
        <button class="danger" onClick=${remove}>Remove ${id}</button>
        <button onClick=${onClose}>Keep it</button>
      </div>
      <//>
  `;
}
