import assert from "node:assert/strict";
import fc from "fast-check";
import { type Fail, fromCallback, Lost } from "../../lib/async/from_callback.ts";

/** A source that the test pushes by hand, and all that came out of it. */
function scripted<T>(options?: { limit?: number }) {
  const stop = new AbortController();
  let stopped = 0;
  let push!: (value: T) => void;
  let fail!: Fail;
  const values = fromCallback<T>(
    (pushValue, failSource) => {
      push = pushValue;
      fail = failSource;
      return () => void stopped++;
    },
    stop.signal,
    options,
  );
  return {
    stop,
    values,
    push: (value: T) => push(value),
    fail: (error: unknown) => fail(error),
    get stopped() {
      return stopped;
    },
  };
}

/** Starts the source and takes its first value. */
async function started<T>(source: ReturnType<typeof scripted<T>>, first: T) {
  const next = source.values.next();
  source.push(first);
  assert.deepEqual(await next, { done: false, value: first });
}

const values = <T>(results: IteratorResult<T | Lost, void>[]) => results.map(({ value }) => value);

Deno.test("fromCallback() yields what is pushed, in order, undefined and null too", async () => {
  const source = scripted<unknown>();
  await started(source, 0);
  for (const value of [undefined, null, "", NaN]) source.push(value);

  const results = [];
  for (let i = 0; i < 4; i++) results.push(await source.values.next());

  assert.deepEqual(values(results), [undefined, null, "", NaN]);
  await source.values.return();
});

Deno.test("fromCallback() wakes for a value that comes while it waits", async () => {
  const source = scripted<number>();
  await started(source, 1);
  await started(source, 2);
  await source.values.return();
  assert.equal(source.stopped, 1);
});

Deno.test("fromCallback() ends at an abort and stops the source once", async () => {
  const source = scripted<number>();
  await started(source, 1);
  const next = source.values.next();
  source.stop.abort();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.equal(source.stopped, 1);
  source.push(2);
  assert.deepEqual(await source.values.next(), { done: true, value: undefined });
  assert.equal(source.stopped, 1);
});

Deno.test("fromCallback() yields nothing after an abort, even if values are queued", async () => {
  const source = scripted<number>();
  await started(source, 1);
  source.push(2);
  source.push(3);
  assert.deepEqual(await source.values.next(), { done: false, value: 2 });
  source.stop.abort();
  assert.deepEqual(await source.values.next(), { done: true, value: undefined });
  assert.equal(source.stopped, 1);
});

Deno.test("fromCallback() that is aborted before it begins stops what it started", async () => {
  let running = 0;
  const source = fromCallback(() => {
    running++;
    return () => void running--;
  }, AbortSignal.abort());
  assert.deepEqual(await Array.fromAsync(source), []);
  assert.equal(running, 0);
});

Deno.test("fromCallback() waits for the source to stop before it ends", async () => {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  let ended = false;
  const all = Array.fromAsync(fromCallback<number>(() => () => promise, stop.signal)).then(() => ended = true);
  stop.abort();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  assert.equal(ended, false);
  resolve();
  await all;
});

Deno.test("fromCallback() throws what the source reports, after the values that came before", async () => {
  const source = scripted<number>();
  await started(source, 1);
  source.push(2);
  source.fail(new Error("cable gone"));
  source.fail(new Error("and the power, too"));

  assert.deepEqual(await source.values.next(), { done: false, value: 2 });
  await assert.rejects(source.values.next(), { message: "cable gone" });
  assert.equal(source.stopped, 1);
});

Deno.test("fromCallback() throws a failure that is undefined", async () => {
  const source = scripted<number>();
  await started(source, 1);
  source.fail(undefined);
  await assert.rejects(source.values.next(), (thrown: unknown) => thrown === undefined);
});

Deno.test("fromCallback() throws the error of subscribing", async () => {
  const source = fromCallback(() => {
    throw new Error("no such port");
  }, new AbortController().signal);
  await assert.rejects(source.next(), { message: "no such port" });
});

Deno.test("fromCallback() yields a Lost with the number where values were dropped", async () => {
  const source = scripted<number>({ limit: 2 });
  await started(source, 0);
  for (const value of [1, 2, 3, 4, 5]) source.push(value);

  const results = [await source.values.next(), await source.values.next()];
  source.push(6);
  for (let i = 0; i < 2; i++) results.push(await source.values.next());

  assert.deepEqual(values(results), [1, 2, new Lost(3), 6]);
  await source.values.return();
});

Deno.test("fromCallback() yields a Lost also at the end, and before a failure", async () => {
  const source = scripted<number>({ limit: 1 });
  await started(source, 0);
  source.push(1);
  source.push(2);
  source.fail(new Error("overrun"));

  assert.deepEqual(values([await source.values.next(), await source.values.next()]), [1, new Lost(1)]);
  await assert.rejects(source.values.next(), { message: "overrun" });
});

Deno.test("fromCallback(): values + lost = pushed, in order, for any rhythm of pushing and taking", async () => {
  const rhythm = fc.array(fc.oneof(fc.record({ push: fc.nat(8) }), fc.record({ take: fc.nat(8) })), { maxLength: 40 });
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 5 }), rhythm, async (limit, steps) => {
    const source = scripted<number>({ limit });
    await started(source, 0);
    let pushed = 1;
    let expected = 1;
    const take = async () => {
      if (expected === pushed) return;
      const { value } = await source.values.next();
      if (value instanceof Lost) expected += value.count;
      else assert.equal(value, expected++);
    };

    for (const step of steps) {
      const [action, times] = "push" in step ? [() => source.push(pushed++), step.push] : [take, step.take];
      for (let i = 0; i < times; i++) await action();
    }
    while (expected < pushed) await take();

    assert.equal(expected, pushed);
    await source.values.return();
    assert.equal(source.stopped, 1);
  }));
});

for (const count of [0, -1, 1.5, NaN, Infinity]) {
  Deno.test(`new Lost(${count}) is refused`, () => {
    assert.throws(() => new Lost(count), {
      name: "RangeError",
      message: `Cannot report ${count} lost values: the count must be a positive integer`,
    });
  });
}

Deno.test("of dropped values that hold several samples, each sample is counted", async () => {
  const stop = new AbortController();
  const found: unknown[] = [];
  const source = fromCallback<number[]>(
    (push) => {
      for (let i = 0; i < 3; i++) push([i, i]);
      return () => {};
    },
    stop.signal,
    { limit: 1, size: ({ length }) => length },
  );
  for await (const value of source) {
    found.push(value);
    if (found.length === 2) stop.abort();
  }
  assert.deepEqual(found, [[0, 0], new Lost(4)]);
});
