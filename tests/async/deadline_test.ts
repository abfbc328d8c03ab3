import assert from "node:assert/strict";
import { deadline, DeadlineError } from "../../lib/async/deadline.ts";
import { fakeTime } from "../support/time.ts";

const never = () => new Promise<never>(() => {});

Deno.test("deadline() settles as its promise does, and leaves no timer", async () => {
  using time = fakeTime();
  assert.equal(await deadline(Promise.resolve(0), 100), 0);
  await assert.rejects(deadline(Promise.reject(new Error("broken")), 100), { message: "broken" });
  assert.equal(time.timers, 0);
});

Deno.test("deadline() rejects at the limit, and the error names the limit", async () => {
  using time = fakeTime();
  const waiting = deadline(never(), 100);
  const rejected = assert.rejects(waiting, (error: unknown) => {
    assert.ok(error instanceof DeadlineError);
    assert.equal(error.name, "DeadlineError");
    assert.equal(error.ms, 100);
    assert.equal(error.message, "not done within 100 ms");
    return true;
  });
  await time.tick(100);
  await rejected;
});

Deno.test("deadline() settles as a promise that settles just before the limit", async () => {
  using time = fakeTime();
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = deadline(promise, 100);
  await time.tick(99);
  resolve("just in time");
  assert.equal(await waiting, "just in time");
});

Deno.test("deadline() rejects with the signal's reason when that aborts first", async () => {
  using time = fakeTime();
  const stop = new AbortController();
  const waiting = deadline(never(), 100, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  assert.equal(time.timers, 0);
});

Deno.test("deadline() of Infinity sets no limit, and its signal still ends it", async () => {
  using time = fakeTime();
  const stop = new AbortController();
  const waiting = deadline(never(), Infinity, stop.signal);
  assert.equal(time.timers, 0);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
});

Deno.test("deadline() longer than a timer can hold does not end at once", async () => {
  using time = fakeTime();
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = deadline(promise, 2 ** 40);
  const settled = waiting.then(() => true, () => true);
  await time.tick(60_000);
  assert.equal(await Promise.race([settled, Promise.resolve(false)]), false);
  resolve("at last");
  assert.equal(await waiting, "at last");
});
