/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { type Signal, signal } from "@preact/signals";
import { outage } from "./bench.ts";

/** The stream of the page that is shown. */
const watched = signal<Signal<boolean> | undefined>(undefined);

/** Watches whether anything comes by the stream of a page, while that is shown. */
export function useHeldBack(isLate: Signal<boolean>): void {
  useEffect(() => {
    watched.value = isLate;
    return () => {
      if (watched.peek() === isLate) watched.value = undefined;
    };
  }, [isLate]);
}

/** Reports that no events come although the daemon answers, with advice. */
export function HeldBack() {
  return html`<div role="alert">${
    watched.value?.value && !outage.value && html`
      <p class="banner warn">
        <strong>The daemon answers, but its stream does not arrive.</strong>
        Close other tabs and windows that show this daemon: a browser opens six connections to it. If that does not help,
        a virus scanner or a proxy holds the stream back: exclude the address of this page from its web protection.
      </p>
    `
  }</div>`;
}
