/// <reference lib="dom" />
import { html } from "htm/preact";
import type { AuditEntry } from "../../lib/client/mod.ts";
import { shortJson } from "../words/short_json.ts";
import { dateAndTime } from "../words/times.ts";

/** Entries of the audit log as a table. */
export function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  return html`
    <div class="scrolled" tabindex="0" role="region" aria-label="Entries">
      <table class="listing audit">
        <thead>
          <tr>${["Time", "Who", "From", "What", "Outcome", "Input"].map((name) =>
            html`<th scope="col">${name}</th>`
          )}</tr>
        </thead>
        <tbody>${entries.map((entry) => html`<${Row} key=${entry.hash} entry=${entry} />`)}</tbody>
      </table>
    </div>
  `;
}

function Row({ entry }: { entry: AuditEntry }) {
  const { at, who, subject, scope, address, action, path, input, request_id } = entry;
  return html`
    <tr>
      <td><time datetime=${at} title="request ${request_id}">${dateAndTime(Date.parse(at))}</time></td>
      <td title=${subject}>${who}${scope && html`
        <small>${scope}</small>
      `}</td>
      <td>${address}</td>
      <td><code>${action.split(" ")[0]} ${path}</code></td>
      <td class=${entry.outcome === "failed" || entry.outcome === "refused" ? "bad" : ""}>${outcomeOf(entry)}</td>
      <td>${input !== undefined && html`<code>${shortJson(input)}</code>`}</td>
    </tr>
  `;
}

function outcomeOf({ outcome, status, error, unrecorded }: AuditEntry): string {
  const answer = status === undefined ? "" : ` ${status}${error ? ` ${error}` : ""}`;
  return `${outcome}${answer}${unrecorded ? `, after ${unrecorded} others that are not listed` : ""}`;
}
