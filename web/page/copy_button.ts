/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";

/** A button that copies a text to the clipboard, and shows the result. `what` is for screen readers. */
export function CopyButton({ text, what, children = "Copy" }: { text: string; what: string; children?: string }) {
  const status = useSignal("");
  const copy = async () => {
    status.value = await write(text) ? "Copied" : "The browser refused: select the text instead";
  };
  return html`
    <span class="row">
      <button type="button" onClick=${copy}>${children}<span class="visually-hidden"> ${what}</span></button>
      <span class="soft" role="status">${status.value}</span>
    </span>
  `;
}

/** Browsers give the clipboard to pages from this machine or over https; to others by the older way only. */
async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
