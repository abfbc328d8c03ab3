import { deepStrictEqual as equal } from "node:assert/strict";
import { keepTrying } from "../../lib/async/keep_trying.ts";

const backoff = { initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("keepTrying() reports each reason once behind each success, and goes on until its signal aborts", async () => {
  const end = new AbortController();
  const reported: unknown[] = [];
  const reasons = ["refused", "refused", "no TLS", "refused", "success", "refused", "ended"];
  let attempt = 0;
  await keepTrying((succeeded) => {
    const reason = reasons[attempt++];
    if (reason === "success") succeeded();
    if (reason === "ended") end.abort();
    return reason === "success" ? Promise.resolve() : Promise.reject(new Error(reason));
  }, { signal: end.signal, backoff, failed: (error) => reported.push((error as Error).message) });
  equal([attempt, reported], [7, ["refused", "no TLS", "refused"]]);
});

Deno.test("keepTrying() is not led to report without end by a reason that is another one each time", async () => {
  const end = new AbortController();
  let [attempt, reported] = [0, 0];
  await keepTrying(() => {
    if (++attempt === 100) end.abort();
    return Promise.reject(new Error(`refused from port ${attempt}`));
  }, { signal: end.signal, backoff, failed: () => reported++ });
  equal(reported, 8);
});

Deno.test("keepTrying() does nothing where its signal has aborted", async () => {
  const signal = AbortSignal.abort();
  await keepTrying(() => Promise.reject(new Error("not to be run")), { signal, backoff, failed: () => {} });
});

Deno.test("keepTrying() ends during a pause when its signal aborts", async () => {
  const end = new AbortController();
  const hour = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000, random: () => 0.9 };
  await keepTrying(() => Promise.reject(new Error("refused")), {
    signal: end.signal,
    backoff: hour,
    failed: () => queueMicrotask(() => end.abort()),
  });
});
