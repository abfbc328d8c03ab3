import assert from "node:assert/strict";
import { EventStream } from "../../lib/stream/mod.ts";
import { makeLog, samples } from "./wire.ts";

/** A reader that always has more, each piece of which takes half a millisecond to make. */
function endless(taken: () => void) {
  const take = () => {
    taken();
    for (const end = performance.now() + 0.5; performance.now() < end;);
    return new Uint8Array(1);
  };
  return { take, subscribe: () => () => {} };
}

Deno.test("a hundred streams that are opened at once leave a request its turn", async () => {
  let takes = 0;
  const streams = Array.from({ length: 100 }, () => new EventStream(endless(() => takes++)));
  const readers = streams.map(({ body }) => body.getReader());
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(takes < 20, `${takes} pieces were written before the loop went on`);
  await Promise.all(readers.map((reader) => reader.cancel()));
});

Deno.test("streams that have more than their turn take turns", async () => {
  const taken = [0, 0, 0];
  const streams = taken.map((_, i) => new EventStream(endless(() => taken[i]++)));
  const readers = streams.map(({ body }) => body.getReader());
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(Math.min(...taken) > 0, `${taken}`);
  await Promise.all(readers.map((reader) => reader.cancel()));
});

Deno.test("the readers of many devices together leave a request its turn, and all are woken", async () => {
  let woken = 0;
  const slow = () => {
    woken++;
    for (const end = performance.now() + 0.1; performance.now() < end;);
  };
  const logs = Array.from({ length: 10 }, () => makeLog());
  const leave = logs.flatMap((log) => Array.from({ length: 40 }, () => log.subscribe(() => slow())));
  for (const log of logs) log.append(samples(0, 1));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(woken < 50, `${woken} readers were woken before the loop went on`);
  while (woken < 400) await new Promise((resolve) => setImmediate(resolve));
  for (const it of leave) it();
});
