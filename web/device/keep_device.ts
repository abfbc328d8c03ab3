/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api, refresh } from "../bench/bench.ts";
import { benchLines } from "../devices/bench_lines.ts";
import { CopyButton } from "../page/copy_button.ts";
import { hasAdminScope } from "../session/session.ts";

/** Keeps a device over a restart of the daemon: a button, and its lines for the bench file with a copy button. */
export function KeepDevice({ device }: { device: DeviceStatus }) {
  const { lines, variables } = benchLines(device);
  if (device.kept_in === "bench_file") return null;
  const isKept = device.kept_in === "data_folder";
  const failure = useSignal("");
  const keep = async () => {
    failure.value = "";
    try {
      await api.keepDevice(device.device_id);
      await refresh();
    } catch (error) {
      failure.value = messageOf(error);
    }
  };
  return html`
    <h3>Keep it over a restart of the daemon</h3>
    ${!isKept && hasAdminScope.value && html`
      <p>
        <button type="button" onClick=${keep}>Keep it over restarts</button>${" "}
        <span class="soft">in the daemon's data folder, with its secrets</span>
      </p>
    `}
    <p class="bad" role="alert">${failure}</p>
    ${isKept && html`
      <p
        role="status">The daemon keeps it in its data folder: it is added and connected at each start, until it is removed. The bench
      file can have it instead, and wins.</p>
    `}
    <p
      class="soft">Put these lines below <code>devices:</code> in bench.yaml, unless the device is there already.${variables
            .length > 0 &&
        ` The page does not know its secrets: the daemon reads them from ${variables.join(", ")} in its
      environment.`}</p>
    <div class="copied">
      <pre tabindex="0" aria-label="Lines for bench.yaml"><code>${lines}</code></pre>
      <${CopyButton} text=${lines} what="of ${device.device_id}">Copy the lines for bench.yaml<//>
    </div>
  `;
}
