/// <reference lib="dom" />
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { drivers } from "../bench/bench.ts";
import { driverOf, optionsOf } from "../bench/driver_of.ts";
import { Dialog } from "../page/dialog.ts";
import { plotted } from "../stream/shared_events.ts";
import { count } from "../words/quantities.ts";
import { act } from "./act.ts";
import { type Action, ACTIONS } from "./actions.ts";
import { RemoveDialog } from "./remove_dialog.ts";
import { StartDialog } from "./start_dialog.ts";

/** The actions that end the samples of a device for all of its readers. */
const ENDING: readonly Action[] = ["stop", "disconnect", "disable"];

/** The number of readers of a device besides this page. */
export function otherReaders({ device_id, stream: { readers } }: DeviceStatus): number {
  return Math.max(0, readers - (plotted.value.includes(device_id) ? 1 : 0));
}

/** True if a person must confirm an action: it ends a stream that others read, removes something, or needs options. */
export function asksFor(device: DeviceStatus, action: Action): boolean {
  if (action === "remove") return true;
  if (action === "start") return optionsOf(device, driverOf(device, drivers.value)) !== undefined;
  return ENDING.includes(action) && otherReaders(device) > 0;
}

/** The question before an action, or the form for its options. */
export function AskDialog({ device, action, onClose }: { device: DeviceStatus; action: Action; onClose(): void }) {
  if (action === "start") return html`<${StartDialog} device=${device} onClose=${onClose} />`;
  if (action === "remove") return html`<${RemoveDialog} device=${device} onClose=${onClose} />`;
  return html`<${EndDialog} device=${device} action=${action} onClose=${onClose} />`;
}

function EndDialog({ device, action, onClose }: { device: DeviceStatus; action: Action; onClose(): void }) {
  const { device_id: id } = device;
  const others = otherReaders(device);
  const { word } = ACTIONS[action];
  const confirm = () => {
    onClose();
    act(id, action);
  };
  return html`
    <${Dialog} title="${word} ${id}?" onClose=${onClose}>
      ${others > 0
        ? html`<p>${count(others, "other reader")} ${others === 1 ? "gets" : "get"} its samples now. They get no more${
          action === "stop" ? " until it is started again" : ""
        }.</p>`
        : html`<p>No other page or program reads it now.</p>`}
      ${action === "disconnect" && html`<p>The daemon connects it again only when someone asks for it.</p>`}
      ${action === "disable" && html`<p>It stays out of service until someone enables it.</p>`}
      <div class="row">
        <button class="danger" onClick=${confirm}>${word} ${id}</button>
        <button onClick=${onClose}>Cancel</button>
      </div>
    <//>
  `;
}
