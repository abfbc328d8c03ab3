/// <reference lib="dom" />
import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useId, useRef } from "preact/hooks";
import { messageOf } from "../../lib/errors.ts";
import { api, devices, outage, refresh } from "../bench/bench.ts";
import { Dialog } from "../page/dialog.ts";
import { hasAdminScope } from "../session/session.ts";
import { asked } from "./ask_lease.ts";
import { take } from "./held_leases.ts";
import { ownerWords } from "./owner_words.ts";

/** The dialog that asks for a lease, while someone is asked. */
export function LeaseDialog() {
  const { id, answer } = asked.value ?? {};
  return id !== undefined && html`<${AskForLease} key=${id} id=${id} answer=${answer} />`;
}

/** Takes a lease, waits for the present owner, or breaks that one's lease. */
function AskForLease({ id, answer }: { id: string; answer(isHeld: boolean): void }) {
  const field = useId();
  const isWaiting = useSignal(false);
  const failure = useSignal("");
  const leaving = useRef(new AbortController());
  const device = devices.value?.find(({ device_id }) => device_id === id);
  const lease = device?.lease;
  const close = () => {
    leaving.current.abort(new DOMException("the dialog was closed", "AbortError"));
    answer(false);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isWaiting.peek() || outage.peek()) return;
    const purpose = String(new FormData(event.currentTarget as HTMLFormElement).get("purpose"));
    const { signal } = leaving.current;
    isWaiting.value = true;
    failure.value = "";
    try {
      await take(id, { purpose, waits: true, signal });
      answer(true);
    } catch (error) {
      if (!signal.aborted) failure.value = messageOf(error);
    } finally {
      isWaiting.value = false;
    }
  };
  const word = lease ? "Wait for it" : "Take";
  return html`
    <${Dialog} title="Lease ${id}" onClose=${close}>
      ${lease && html`<p>Its owner is ${ownerWords(lease)}.</p>`}
      ${!lease && device?.lease_required && html`<p>It needs a lease: no one commands it without.</p>`}
      <p>While you have leased it, only this tab commands it; others read it, and may make it safe. When you close or reload
      this tab, the lease ends, and the device is made safe.</p>
      <form onSubmit=${submit}>
        <label for=${field}>Purpose, for others</label>
        <input id=${field} name="purpose" maxlength="200" autocomplete="off" readonly=${isWaiting.value} />
        <div role="alert">${failure.value && html`<p class="note bad">${failure.value}</p>`}</div>
        <div class="row">
          <button aria-disabled=${isWaiting.value} aria-busy=${isWaiting.value}>${isWaiting.value
            ? "Waiting…"
            : word}</button>
          <button type="button" onClick=${close}>Cancel</button>
        </div>
      </form>
      ${lease?.state === "active" && hasAdminScope.value &&
        html`<${Break} id=${lease.lease_id} owner=${lease.owner} />`}
    <//>
  `;
}

/** Ends another one's lease, with a reason. */
function Break({ id, owner }: { id: string; owner: string }) {
  const field = useId();
  const failure = useSignal("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason"));
    await api.breakLease(id, reason).catch((error) => failure.value = messageOf(error));
    await refresh();
  };
  return html`
    <details>
      <summary>Break the lease of ${owner}</summary>
      <p>Its devices are made safe, and the commands of ${owner} are refused from then on. The reason is in the audit log.</p>
      <form onSubmit=${submit}>
        <label for=${field}>Reason</label>
        <input id=${field} name="reason" required maxlength="200" autocomplete="off" />
        <div role="alert">${failure.value && html`<p class="note bad">${failure.value}</p>`}</div>
        <button class="danger">Break the lease</button>
      </form>
    </details>
  `;
}
