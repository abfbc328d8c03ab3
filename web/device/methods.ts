/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { DeviceStatus, MethodDescription } from "../../lib/client/mod.ts";
import { drivers } from "../bench/bench.ts";
import { draftFor, draftOf } from "../form/draft.ts";
import { formOf } from "../form/form_of.ts";
import { SchemaForm } from "../form/schema_form.ts";
import { timeOfDay } from "../words/quantities.ts";
import { CallList } from "./call_list.ts";
import { measuredTime } from "../../lib/format/elapsed.ts";
import { call, callsOf, type PageCall } from "./calls.ts";
import { driverOf, methodsOf } from "../bench/driver_of.ts";
import { Result } from "./result.ts";

/** With more methods than this, each form is closed at first. */
const MAX_OPEN_METHODS = 4;

/** The methods of a device, and the last calls. */
export function Methods({ device }: { device: DeviceStatus }) {
  const { device_id: id } = device;
  const methods = methodsOf(driverOf(device, drivers.value));
  const again = ({ method, given }: PageCall) => {
    const input = methods.find(({ name }) => name === method)?.input;
    if (!input) return;
    draftFor(`call ${id} ${method}`).value = draftOf(formOf(input), given);
    const section = document.getElementById(idOf(method));
    if (section instanceof HTMLDetailsElement) section.open = true;
    section?.querySelector<HTMLElement>("input, select, textarea, button")?.focus();
  };
  return html`
    <section aria-labelledby="methods">
      <h2 id="methods">Methods</h2>
      ${methods.length === 0 && html`<p class="soft">Its driver has no methods.</p>`}
      <div class="methods">
        ${methods.map((method) =>
          html`
            <details class="card" key=${method.name} id=${idOf(method.name)} open=${methods.length <= MAX_OPEN_METHODS}>
              <summary><h3><code>${method.name}</code></h3> ${method.doc &&
                html`<span class="soft">${method.doc}</span>`}</summary>
              <${MethodForm} device=${device} method=${method} />
            </details>
          `
        )}
      </div>
      <${CallList} calls=${callsOf(id).value} again=${again} />
    </section>
  `;
}

function MethodForm({ device, method }: { device: DeviceStatus; method: MethodDescription }) {
  const { device_id: id, state } = device;
  const last = callsOf(id).value.find((call) => call.method === method.name);
  // The result of an older call is hidden when a later one cannot be sent.
  const past = useSignal<number | undefined>(undefined);
  const isUp = state === "connected" || state === "streaming";
  // The call may have begun before the person left this page and came back.
  const isUnderWay = last && !last.outcome;
  return html`
    <${SchemaForm} schema=${method.input} draft=${draftFor(`call ${id} ${method.name}`)}
      submit="Call ${method.name}" submitting="Calling…"
      blocked=${isUnderWay ? `Called at ${timeOfDay(last.time)}.` : isUp ? undefined : "Connect the device to call it."}
      onSubmit=${(given: Record<string, unknown> = {}) => call(id, method.name, given)}
      onUnsendable=${() => past.value = last?.number} />
    <div role="status">${last?.outcome && last.number !== past.value &&
      html`<${Outcome} key=${last.number} ...${last.outcome} />`}</div>
  `;
}

/** The result of a call. The form shows the error. */
function Outcome({ ms, ...outcome }: NonNullable<PageCall["outcome"]>) {
  if ("error" in outcome) return html`<p class="soft">Failed after ${measuredTime(ms)}.</p>`;
  return html`
    <${Result} result=${outcome.result} />
    <p class="soft">Took ${measuredTime(ms)}.</p>
  `;
}

function idOf(method: string): string {
  return `method-${method}`;
}
