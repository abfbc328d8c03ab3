/// <reference lib="dom" />
import { html } from "htm/preact";
import { CopyButton } from "../page/copy_button.ts";
import { isLong, shortJson } from "../words/short_json.ts";

/** The result of a method. */
export function Result({ result }: { result: unknown }) {
  if (result === undefined || result === null) return html`<p class="result soft">Done. It returned nothing.</p>`;
  if (typeof result === "number" || typeof result === "boolean") {
    return html`<p class="result"><output class="number">${String(result)}</output></p>`;
  }
  return html`
    <pre class="result" tabindex="0" aria-label="Result"><code>${shortJson(result)}</code></pre>
    <${CopyButton} text=${JSON.stringify(result, null, 2)} what="of the result">${isLong(result)
      ? "Copy all of it"
      : "Copy"}<//>
  `;
}
