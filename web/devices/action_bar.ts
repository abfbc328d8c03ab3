/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { away, drivers } from "../bench/bench.ts";
import { type Action, ACTIONS, type Offer, offersFor } from "./actions.ts";
import { act, doingOf, isUnderWay } from "./act.ts";
import { driverOf, optionsOf } from "../bench/driver_of.ts";
import { RemoveDialog } from "./remove_dialog.ts";
import { StartDialog } from "./start_dialog.ts";

/** The buttons of a device, and what went wrong with the last one pressed. */
export function ActionBar({ device }: { device: DeviceStatus }) {
  const { device_id: id } = device;
  const doing = doingOf(id);
  const asked = useSignal<Action | undefined>(undefined);
  const close = () => asked.value = undefined;
  const press = (action: Action) => {
    const asks = action === "remove" ||
      (action === "start" && optionsOf(device, driverOf(device, drivers.value)) !== undefined);
    if (asks) asked.value = action;
    else act(id, action);
  };
  const failure = doing.value?.failure;
  return html`
    <div class="row actions">
      ${offersFor(device).map((offer) =>
        html`<${ActionButton} key=${offer.place} offer=${offer} id=${id} press=${press} />`
      )}
    </div>
    <div role="alert">${failure !== undefined && html`
      <div class="note bad">
        <p><strong>${ACTIONS[doing.value!.action].word} failed.</strong> ${failure}</p>
        <button onClick=${() => doing.value = undefined}>Close</button>
      </div>
    `}</div>
    ${asked.value === "start" && html`<${StartDialog} device=${device} onClose=${close} />`}
    ${asked.value === "remove" && html`<${RemoveDialog} device=${device} onClose=${close} />`}
  `;
}

function ActionButton({ offer, id, press }: { offer: Offer; id: string; press(action: Action): void }) {
  const { action, word, not } = offer;
  const isBusy = isUnderWay(id, action);
  const cannot = not !== undefined || isBusy || away.value !== undefined;
  // Not `disabled`: a button that somebody has just pressed would lose the focus. And the second click of two,
  // or a key that is held, was meant for what stood there before.
  return html`
    <button class=${action === "remove" && "danger"} aria-disabled=${cannot} aria-busy=${isBusy}
      title=${not && `${not.slice(0, 1).toUpperCase()}${not.slice(1)}`}
      onKeyDown=${(event: KeyboardEvent) => event.repeat && event.preventDefault()}
      onClick=${(event: MouseEvent) => cannot || event.detail > 1 || press(action)}>
      ${isBusy ? ACTIONS[action].underWay : word}<span class="heard-only"> ${id}</span>
    </button>
  `;
}
