import assert from "node:assert/strict";
import fc from "fast-check";
import { Mutex } from "../../lib/async/mutex.ts";

Deno.test("Mutex runs one piece of work at a time, in the order of the calls", async () => {
  const mutex = new Mutex();
  const log: string[] = [];
  const work = (name: string, turns: number) => async () => {
    log.push(`${name} in`);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    log.push(`${name} out`);
  };

  await Promise.all([mutex.run(work("a", 5)), mutex.run(work("b", 0)), mutex.run(work("c", 2))]);

  assert.deepEqual(log, ["a in", "a out", "b in", "b out", "c in", "c out"]);
});

Deno.test("Mutex settles as the work does, and continues after a failure", async () => {
  const mutex = new Mutex();
  const failing = mutex.run(() => Promise.reject(new Error("broken")));
  const throwing = mutex.run(() => {
    throw new Error("thrown");
  });
  const working = mutex.run(() => 42);

  await assert.rejects(failing, { message: "broken" });
  await assert.rejects(throwing, { message: "thrown" });
  assert.equal(await working, 42);
});

Deno.test("Mutex never runs work whose signal aborts while it waits, and the next work keeps its place", async () => {
  const mutex = new Mutex();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = new AbortController();
  const log: string[] = [];

  const first = mutex.run(() => promise.then(() => log.push("first")));
  const givenUp = mutex.run(() => log.push("given up"), stop.signal);
  const last = mutex.run(() => log.push("last"));
  stop.abort(new Error("enough"));

  await assert.rejects(givenUp, { message: "enough" });
  assert.deepEqual(log, [], "no work starts before the first is done");
  resolve();
  await Promise.all([first, last]);
  assert.deepEqual(log, ["first", "last"]);
});

Deno.test("Mutex does not run work whose signal has aborted before", async () => {
  await assert.rejects(
    new Mutex().run(() => assert.fail("it ran"), AbortSignal.abort(new Error("enough"))),
    { message: "enough" },
  );
});

Deno.test("Mutex leaves running work alone when its signal aborts", async () => {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const { promise: running, resolve: isRunning } = Promise.withResolvers<void>();
  const result = new Mutex().run(() => {
    isRunning();
    return promise;
  }, stop.signal);
  await running;
  stop.abort();
  resolve("done all the same");
  assert.equal(await result, "done all the same");
});

Deno.test("Mutex keeps order and exclusion for any mix of work that waits, fails and is aborted", async () => {
  const task = fc.record({ turns: fc.nat(5), fails: fc.boolean(), abortAt: fc.option(fc.nat(30)) });
  await fc.assert(fc.asyncProperty(fc.array(task, { maxLength: 12 }), async (tasks) => {
    const mutex = new Mutex();
    const ran: number[] = [];
    let inside = 0;
    await Promise.allSettled(tasks.map(async ({ turns, fails, abortAt }, i) => {
      const stop = new AbortController();
      const done = mutex.run(async () => {
        assert.equal(++inside, 1);
        ran.push(i);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        inside--;
        if (fails) throw new Error("broken");
      }, stop.signal);
      done.catch(() => {});
      if (abortAt !== null) {
        for (let turn = 0; turn < abortAt; turn++) await Promise.resolve();
        stop.abort();
      }
      await done;
    }));
    assert.deepEqual(ran, ran.toSorted((a, b) => a - b));
    tasks.forEach(({ abortAt }, i) => assert.ok(abortAt !== null || ran.includes(i)));
    assert.equal(await mutex.run(() => "free again"), "free again");
  }));
});
