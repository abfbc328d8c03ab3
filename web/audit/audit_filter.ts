/// <reference lib="dom" />
import { html } from "htm/preact";
import { devices } from "../bench/bench.ts";
import { FILTERS } from "./audit_query.ts";

/** The properties of {@linkcode AuditFilter}. */
export interface AuditFilterProps {
  /** The filters of the address. */
  query: URLSearchParams;
  /** Called with the filters that are filled in. */
  onFilter(filter: Record<string, string>): void;
  onRefresh(): void;
}

/** The form that filters the entries. */
export function AuditFilter({ query, onFilter, onRefresh }: AuditFilterProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const filter = FILTERS.map((key) => [key, String(form.get(key) ?? "").trim()]).filter(([, text]) => text !== "");
    // The same filters again: the address does not change.
    if (new URLSearchParams(filter).toString() === query.toString()) onRefresh();
    else onFilter(Object.fromEntries(filter));
  };
  const field = (key: string, label: string, more: Record<string, string> = {}) =>
    html`
      <p>
        <label for=${`audit-${key}`}>${label}</label>
        <input id=${`audit-${key}`} name=${key} defaultValue=${query.get(key) ?? ""} ...${more} />
      </p>
    `;
  return html`
    <form class="audit-filter row" onSubmit=${submit} aria-label="Filter">
      ${field("who", "Who", { placeholder: "alice" })}
      ${field("device", "Device", { list: "audit-devices" })}
      <datalist id="audit-devices">${devices.value?.map(({ device_id }) =>
        html`<option value=${device_id} />`
      )}</datalist>
      ${field("action", "Action", { placeholder: "call, PUT, tokens …" })}
      ${field("since", "From", { type: "datetime-local" })}
      ${field("until", "To", { type: "datetime-local" })}
      <p><button class="main">Show</button></p>
      <p><button type="button" onClick=${() => onFilter({})}>Clear</button></p>
    </form>
  `;
}
