/// <reference lib="dom" />
import { signal } from "@preact/signals";
import { html } from "htm/preact";
import type { SafeAnswer } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { api, devices, outage, refresh } from "../bench/bench.ts";
import { count } from "../words/quantities.ts";

/** The reason that the driver and the log get. */
export const SAFE_REASON = "a person asked for it in the dashboard";

type Results = SafeAnswer["results"];

/** The outcome of the last press; it outlives the view. */
const last = signal<{ isRunning: true } | { results: Results } | { failure: string } | undefined>(undefined);

/** The button that makes the whole bench safe, and what became of each device. */
export function MakeBenchSafe() {
  const able = devices.value?.filter(({ can_make_safe }) => can_make_safe) ?? [];
  const state = last.value;
  if (able.length === 0 && state === undefined) return null;
  const isRunning = state !== undefined && "isRunning" in state;
  const cannot = isRunning || outage.value !== undefined;
  return html`
    <p class="row">
      <button class="danger" aria-disabled=${cannot} aria-busy=${isRunning}
        title="Calls the safe function of each driver that has one" onClick=${() => cannot || makeSafe()}>
        ${isRunning ? "Making safe…" : "Make all safe"}
      </button>
      <span class="soft">${count(able.length, "device")} can be made safe. This is no emergency stop.</span>
    </p>
    <div role="alert">${state && !isRunning && html`<${Outcome} ...${state} />`}</div>
  `;
}

function Outcome({ results, failure }: { results?: Results; failure?: string }) {
  const close = html`<button onClick=${() => last.value = undefined}>Close</button>`;
  if (!results) {
    return html`<div class="note bad"><p><strong>Making safe failed.</strong> ${failure}</p>${close}</div>`;
  }
  const safe = results.filter(({ ok }) => ok);
  const without = results.filter(({ error }) => error?.type === "NoSafeState");
  const failed = results.filter(({ ok, error }) => !ok && error?.type !== "NoSafeState");
  return html`
    <div class=${failed.length > 0 ? "note bad" : "note"}>
      ${safe.length > 0 && html`<p>Safe: ${namesOf(safe)}.</p>`}
      ${failed.length > 0 && html`
        <p><strong>Not safe:</strong></p>
        <ul>${failed.map(({ device_id, error }) =>
          html`<li><strong>${device_id}</strong>: ${error?.message}</li>`
        )}</ul>
      `}
      ${without.length > 0 && html`<p class="soft">Without a safe function: ${namesOf(without)}.</p>`}
      ${close}
    </div>
  `;
}

function namesOf(results: Results): string {
  return results.map(({ device_id }) => device_id).join(", ");
}

async function makeSafe(): Promise<void> {
  last.value = { isRunning: true };
  try {
    last.value = { results: await api.makeSafe(SAFE_REASON) };
  } catch (error) {
    last.value = { failure: messageOf(error) };
  }
  await refresh();
}
