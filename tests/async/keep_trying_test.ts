import { deepStrictEqual as equal } from "node:assert/strict";
import { keepTrying } from "../../lib/async/keep_trying.ts";

const backoff = { initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("keepTrying() reports the first failure behind each success, and goes on until its signal aborts", async () => {
  const end = new AbortController();
  const reported: unknown[] = [];
  let attempt = 0;
  await keepTrying((succeeded) => {
    attempt++;
    if (attempt === 3) succeeded();
    if (attempt === 5) return Promise.resolve();
    if (attempt === 6) end.abort();
    return Promise.reject(attempt);
  }, { signal: end.signal, backoff, failed: (error) => reported.push(error) });
  equal([attempt, reported], [6, [1, 3]]);
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
