/// <reference lib="dom" />
import { html } from "htm/preact";
import type { Signal } from "@preact/signals";
import { outage } from "./bench.ts";

/** Says that nothing comes by a stream although the daemon answers, and what to do. */
export function HeldBack({ isLate }: { isLate: Signal<boolean> }) {
  return html`<div role="alert">${
    isLate.value && !outage.value && html`
      <p class="banner warn">
        <strong>The daemon answers, but its stream does not arrive.</strong>
        Close other tabs and windows that show this daemon: a browser opens six connections to it. If that does not help,
        a virus scanner or a proxy holds the stream back: exclude the address of this page from its web protection.
      </p>
    `
  }</div>`;
}
