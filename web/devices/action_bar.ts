/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { outage } from "../bench/bench.ts";
import { type Action, ACTIONS, type Offer, offersFor } from "./actions.ts";
import { act, attemptOf, isRunning } from "./act.ts";
import { AskDialog, asksFor } from "./ask_dialog.ts";

/** The buttons of a device, and the error of the last action. */
export function ActionBar({ device }: { device: DeviceStatus }) {
  const { device_id: id } = device;
  const attempt = attemptOf(id);
  const asked = useSignal<Action | undefined>(undefined);
  const close = () => asked.value = undefined;
  const press = (action: Action) => {
    if (asksFor(device, action)) asked.value = action;
    else act(id, action);
  };
  const failure = attempt.value?.failure;
  return html`
    <div class="row actions">
      ${offersFor(device).map((offer) =>
        html`<${ActionButton} key=${offer.place} offer=${offer} id=${id} press=${press} />`
      )}
    </div>
    <div role="alert">${failure !== undefined && html`
      <div class="note bad">
        <p><strong>${ACTIONS[attempt.value!.action].word} failed.</strong> ${failure}</p>
        <button onClick=${() => attempt.value = undefined}>Close</button>
      </div>
    `}</div>
    ${asked.value && html`<${AskDialog} device=${device} action=${asked.value} onClose=${close} />`}
  `;
}

function ActionButton({ offer, id, press }: { offer: Offer; id: string; press(action: Action): void }) {
  const { action, word, not } = offer;
  const isBusy = isRunning(id, action);
  const cannot = not !== undefined || isBusy || outage.value !== undefined;
  // Not `disabled`: the pressed button would lose the focus. The second click of a double click, and a held key,
  // were meant for the previous button of this place.
  return html`
    <button class=${(action === "remove" || action === "safe") && "danger"} aria-disabled=${cannot} aria-busy=${isBusy}
      title=${not && `${not.slice(0, 1).toUpperCase()}${not.slice(1)}`}
      onKeyDown=${(event: KeyboardEvent) => event.repeat && event.preventDefault()}
      onClick=${(event: MouseEvent) => cannot || event.detail > 1 || press(action)}>
      ${isBusy ? ACTIONS[action].underWay : word}<span class="visually-hidden"> ${id}</span>
    </button>
  `;
}
