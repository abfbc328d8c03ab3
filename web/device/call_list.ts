/// <reference lib="dom" />
import { html } from "htm/preact";
import { timeOfDay } from "../words/quantities.ts";
import { measuredTime } from "../../lib/format/elapsed.ts";
import type { PageCall } from "./calls.ts";
import { shortJson } from "../words/short_json.ts";

/** The last calls, each with a button to use its arguments again. */
export function CallList({ calls, again }: { calls: readonly PageCall[]; again(call: PageCall): void }) {
  if (calls.length === 0) return null;
  return html`
    <h3>Last calls</h3>
    <ol class="calls" reversed>
      ${calls.map((call) =>
        html`
          <li key=${call.number}>
            <p>
              <time datetime=${new Date(call.time).toISOString()}>${timeOfDay(call.time)}</time>${" "}
              <code>${call.method}(${givenTo(call)})</code>${" "}
              <span class="soft">${call.outcome ? measuredTime(call.outcome.ms) : "under way…"}</span>
            </p>
            ${!call.outcome && html`<${UnderWay} call=${call} />`}
            ${call.outcome && ("error" in call.outcome
              ? html`<p class="bad">Failed: ${call.outcome.error}</p>`
              : html`<p>→ <code>${beginning(shortJson(call.outcome.result))}</code></p>`)}
            <button onClick=${() => again(call)}>Use again<span class="visually-hidden">: ${call.method} of ${timeOfDay(
              call.time,
            )}</span></button>
          </li>
        `
      )}
    </ol>
  `;
}

/** The progress of a call that runs, and the button that cancels it. */
function UnderWay({ call: { method, progress, cancel, isCancelled } }: { call: PageCall }) {
  const fraction = progress?.fraction ?? undefined;
  return html`
    <p class="row">
      ${progress && html`<progress max="1" value=${fraction} aria-label="Progress of ${method}"></progress>`}
      ${fraction !== undefined && html`<span>${Math.round(fraction * 100)} %</span>`}
      ${progress?.text && html`<span>${progress.text}</span>`}
      <button aria-disabled=${isCancelled === true} onClick=${() => isCancelled || cancel()}>
        ${isCancelled ? "Cancelling…" : "Cancel"}<span class="visually-hidden"> ${method}</span>
      </button>
    </p>
  `;
}

function givenTo({ given }: PageCall): string {
  return Object.entries(given).map(([key, value]) => `${key}: ${shortJson(value)}`).join(", ");
}

/** The first line: the method shows the whole. */
function beginning(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
