/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { outage } from "../bench/bench.ts";
import { askForLease } from "./ask_lease.ts";
import { heldPurpose, isLost, release } from "./held_leases.ts";
import { ownerWords } from "./owner_words.ts";

/** The owner of a device, and the buttons that take and release a lease of it. */
export function OwnerBar({ device }: { device: DeviceStatus }) {
  const { device_id: id, lease, lease_required } = device;
  const failure = useSignal("");
  const purpose = heldPurpose(device);
  const give = () => release(id).then(() => failure.value = "", (error) => failure.value = messageOf(error));
  const words = purpose !== undefined
    ? `You have leased it${purpose && `, for ${purpose}`}: only this tab commands it.`
    : lease
    ? `Owner: ${ownerWords(lease)}.`
    : lease_required
    ? "It needs a lease before anyone commands it."
    : "No one has leased it: everyone may command it.";
  return html`
    <div class="row owner">
      <span>${words}</span>
      ${purpose === undefined
        ? html`<button aria-disabled=${outage.value !== undefined} onClick=${() => outage.peek() || askForLease(id)}>${
          lease ? "Ask for it…" : "Take a lease…"
        }</button>`
        : html`<button onClick=${give}>Release</button>`}
    </div>
    <div role="alert">${failure.value && html`<p class="note bad">${failure.value}</p>`}${isLost(id).value && html`
      <p class="note warn">Your lease has ended. ${id} was made safe, or will be at its next connection.</p>
    `}</div>
  `;
}
