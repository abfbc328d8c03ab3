import assert from "node:assert/strict";
import { abortable } from "../../lib/async/abortable.ts";

Deno.test("abortable() settles as its promise does", async () => {
  const { signal } = new AbortController();
  assert.equal(await abortable(Promise.resolve(0), signal), 0);
  assert.equal(await abortable(Promise.resolve(undefined)), undefined);
  await assert.rejects(abortable(Promise.reject(new Error("broken")), signal), { message: "broken" });
  await assert.rejects(abortable(Promise.reject(new Error("broken"))), { message: "broken" });
});

Deno.test("abortable() rejects with the signal's reason when that aborts first", async () => {
  const stop = new AbortController();
  const waiting = abortable(new Promise(() => {}), stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
});

Deno.test("abortable() rejects when its signal has aborted before, whatever the promise does", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(abortable(new Promise(() => {}), signal), { message: "enough" });
  await assert.rejects(abortable(Promise.resolve(1), signal), { message: "enough" });
  await assert.rejects(abortable(Promise.reject(new Error("broken")), signal), { message: "enough" });
});

Deno.test("abortable() handles a failure that comes after the abort", async () => {
  const stop = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const waiting = abortable(promise, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  reject(new Error("too late"));
  await new Promise((resolve) => setImmediate(resolve));
});
