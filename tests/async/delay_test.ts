import assert from "node:assert/strict";
import { delay } from "../../lib/async/delay.ts";
import { fakeTime } from "../support/time.ts";

/** True if the promise has settled so far. */
function watch(promise: Promise<unknown>): { settled: boolean } {
  const state = { settled: false };
  promise.finally(() => state.settled = true).catch(() => {});
  return state;
}

Deno.test("delay() resolves after its time and not before", async () => {
  using time = fakeTime();
  const done = watch(delay(100));
  await time.tick(99);
  assert.equal(done.settled, false);
  await time.tick(1);
  assert.equal(done.settled, true);
});

Deno.test("delay(0) lets other work run first", async () => {
  using time = fakeTime();
  const done = watch(delay(0));
  await Promise.resolve();
  assert.equal(done.settled, false);
  await time.tick(0);
  assert.equal(done.settled, true);
});

Deno.test("delay() longer than a timer can hold does not end at once", async () => {
  using time = fakeTime();
  const stop = new AbortController();
  const waiting = delay(2 ** 40, { signal: stop.signal });
  const done = watch(waiting);
  await time.tick(60_000);
  assert.equal(done.settled, false);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
});

Deno.test("delay() rejects with the signal's reason, and leaves no timer", async () => {
  using time = fakeTime();
  const stop = new AbortController();
  const waiting = delay(100, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  assert.equal(time.timers, 0);
});

Deno.test("delay() rejects at once when its signal has aborted before", async () => {
  using time = fakeTime();
  await assert.rejects(delay(100, { signal: AbortSignal.abort(new Error("enough")) }), { message: "enough" });
  assert.equal(time.timers, 0);
});

Deno.test("delay() that has resolved ignores a later abort", async () => {
  using time = fakeTime();
  const stop = new AbortController();
  const waiting = delay(100, { signal: stop.signal });
  await time.tick(100);
  stop.abort();
  await waiting;
});
