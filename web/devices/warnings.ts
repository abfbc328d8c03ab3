/// <reference lib="dom" />
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";

/** The warnings of a device: differences between its driver's behaviour and declaration. */
export function Warnings({ device: { warnings = [] } }: { device: DeviceStatus }) {
  return warnings.map(({ type, message }) =>
    html`
      <div class="note warn" key=${type}>
        <p><strong>Warning</strong> <code>${type}</code></p>
        <p class="message">${message}</p>
      </div>
    `
  );
}
