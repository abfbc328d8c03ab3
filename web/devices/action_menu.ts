/// <reference lib="dom" />
import { signal, useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type MeasuredDevice, outage } from "../bench/bench.ts";
import { href } from "../page/route.ts";
import { act, attemptOf } from "./act.ts";
import { type Action, ACTIONS, type Offer, offersFor } from "./actions.ts";
import { AskDialog, asksFor } from "./ask_dialog.ts";

/** The actions that come last, and always behind a question. */
const DANGEROUS: readonly Action[] = ["disconnect", "disable", "remove"];

const ID = "action-menu";
const MARGIN_PX = 8;

/** The device whose menu is open, and the button that opened it. */
const opened = signal<{ id: string; button: HTMLElement } | undefined>(undefined);

/** The button that opens the menu of a device. The page has one {@linkcode ActionMenu}. */
export function MenuButton({ id }: { id: string }) {
  const isOpen = opened.value?.id === id;
  return html`
    <button type="button" class="menu-button" aria-expanded=${isOpen} aria-controls=${isOpen ? ID : undefined}
      onClick=${(event: MouseEvent & { currentTarget: HTMLElement }) =>
        opened.value = isOpen ? undefined : { id, button: event.currentTarget }}>
      <span aria-hidden="true">⋯</span><span class="visually-hidden">Actions on ${id}</span>
    </button>
  `;
}

/** The one menu of a page with all actions on a device, and the failure of the last one. */
export function ActionMenu({ devices }: { devices: readonly MeasuredDevice[] }) {
  const asked = useSignal<{ id: string; action: Action } | undefined>(undefined);
  const find = (id: string | undefined) => devices.find(({ device_id }) => device_id === id);
  const device = find(opened.value?.id);
  const askedDevice = find(asked.value?.id);
  return html`
    ${device &&
      html`<${Menu} key=${device.device_id} device=${device} ask=${(action: Action) =>
        asked.value = { id: device.device_id, action }} />`}
    ${askedDevice && html`
      <${AskDialog} device=${askedDevice} action=${asked.value!.action}
        onClose=${() => asked.value = undefined} />
    `}
    <div role="alert">${devices.map(({ device_id: id }) =>
      attemptOf(id).value?.failure !== undefined && html`<${Failure} key=${id} id=${id} />`
    )}</div>
  `;
}

function Failure({ id }: { id: string }) {
  const attempt = attemptOf(id);
  const { action, failure } = attempt.value!;
  return html`
    <div class="note bad">
      <p><strong>${ACTIONS[action].word} ${id} failed.</strong> ${failure}</p>
      <button onClick=${() => attempt.value = undefined}>Close</button>
    </div>
  `;
}

function Menu({ device, ask }: { device: MeasuredDevice; ask(action: Action): void }) {
  const { device_id: id, streams } = device;
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const shown = box.current!;
    const { button } = opened.peek()!;
    shown.showPopover();
    place(shown, button);
    shown.querySelector<HTMLElement>("a, button")?.focus();
    // A press on the button that opened it closes it, too: the button's own click comes after this.
    const onToggle = (event: Event) => {
      if ((event as ToggleEvent).newState === "closed") setTimeout(close);
    };
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && button.focus();
    shown.addEventListener("toggle", onToggle);
    shown.addEventListener("keydown", onKey);
  }, []);
  const close = () => {
    if (opened.peek()?.id === id) opened.value = undefined;
  };
  const press = (action: Action) => {
    const { button } = opened.peek()!;
    close();
    button.focus();
    if (DANGEROUS.includes(action) || asksFor(device, action)) ask(action);
    else act(id, action);
  };
  const offers = offersFor(device);
  const isDangerous = ({ action }: Offer) => DANGEROUS.includes(action);
  const item = (offer: Offer) => {
    const cannot = offer.not !== undefined || outage.value !== undefined;
    return html`
      <li key=${offer.place}>
        <button type="button" class=${isDangerous(offer) ? "danger" : ""} aria-disabled=${cannot}
          onClick=${() => cannot || press(offer.action)}>${offer.word}${isDangerous(offer) && "…"}${offer.not && html`
            <span class="soft"> · ${offer.not}</span>
          `}</button>
      </li>
    `;
  };
  return html`
    <div class="menu" id=${ID} popover ref=${box} role="group" aria-label="Actions on ${id}">
      <ul>
        <li><a href=${href(["devices", id])} onClick=${close}>Open ${id}</a></li>
        ${streams !== false && html`<li><a href=${href(["plots"], { devices: id })} onClick=${close}>Plot</a></li>`}
        ${offers.filter((offer) => !isDangerous(offer)).map(item)}
      </ul>
      <ul class="apart">${offers.filter(isDangerous).map(item)}</ul>
    </div>
  `;
}

/** Puts the menu below its button or, without room there, above it; always within the window. */
function place(box: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(at.right - width, innerWidth - width - MARGIN_PX);
  const top = at.bottom + height + MARGIN_PX > innerHeight ? at.top - height : at.bottom;
  box.style.left = `${Math.max(MARGIN_PX, left)}px`;
  box.style.top = `${Math.max(MARGIN_PX, top)}px`;
}
