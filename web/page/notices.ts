/// <reference lib="dom" />
import { signal } from "@preact/signals";
import { html } from "htm/preact";

/** The result of the last action that has no place of its own on the page; empty without one. */
export const notice = signal("");

/** Shows a sentence until it is closed, or another page is shown. */
export function note(text: string): void {
  notice.value = text;
}

addEventListener("hashchange", () => notice.value = "");

/** The sentence, at the lower edge. */
export function Notice() {
  return html`<div role="status">${
    notice.value && html`
      <div class="banner row">
        <p>${notice.value}</p>
        <button type="button" onClick=${() => notice.value = ""}>Close</button>
      </div>
    `
  }</div>`;
}
