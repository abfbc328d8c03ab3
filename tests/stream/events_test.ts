import assert from "node:assert/strict";
import { events } from "../../lib/stream/mod.ts";
import { fakeTime } from "../support/time.ts";
import { makeLog, samples, state } from "./wire.ts";
import type { EventFields } from "../support/event_fields.ts";

Deno.test("events() yields what comes, as values, until its signal aborts", async () => {
  using time = fakeTime();
  const log = makeLog();
  log.notifyState(state("streaming"));
  const stop = new AbortController();
  const got: EventFields[] = [];
  const done = (async () => {
    for await (const event of events(log.cursor(), stop.signal)) got.push(event);
  })();
  for (let i = 0; i < 3; i++) {
    log.append(samples(i, 1));
    await time.tick(10);
  }
  stop.abort();
  await done;
  log.append(samples(3, 1));
  assert.deepEqual(got.map(({ event, sequence, payload }) => [event, sequence, payload]), [
    ["device_state", undefined, undefined],
    ["device_data", 0, 0],
    ["device_data", 1, 1],
    ["device_data", 2, 2],
  ]);
});

Deno.test("events() yields nothing after an abort, even if more is available", async () => {
  using _time = fakeTime();
  const log = makeLog();
  const cursor = log.cursor();
  log.append(samples(0, 10));
  const stop = new AbortController();
  const got: unknown[] = [];
  for await (const { sequence } of events(cursor, stop.signal) as AsyncIterable<EventFields>) {
    got.push(sequence);
    if (sequence === 3) stop.abort();
  }
  assert.deepEqual(got, [0, 1, 2, 3]);
});

Deno.test("events() ends when its signal has aborted before", async () => {
  const log = makeLog();
  log.notifyState(state("streaming"));
  assert.deepEqual(await Array.fromAsync(events(log.cursor(), AbortSignal.abort())), []);
});

Deno.test("events() gives a consumer that is too slow a gap", async () => {
  using time = fakeTime();
  const log = makeLog({ maxBytes: 1_000 });
  const stop = new AbortController();
  const it = events(log.cursor(), stop.signal);
  const first = it.next();
  await time.tick(0);
  log.append(samples(0, 1));
  await first;
  for (let i = 1; i < 50; i++) log.append(samples(i, 1));
  const value: EventFields = (await it.next()).value!;
  assert.deepEqual([value.event, value.from, value.to], ["gap", 1, log.oldest - 1]);
  await it.return();
});

Deno.test("events() unsubscribes when its consumer leaves the loop", async () => {
  using time = fakeTime();
  const log = makeLog();
  log.notifyState(state("streaming"));
  for await (const _ of events(log.cursor(), new AbortController().signal)) break;
  log.append(samples(0, 1));
  log.append(samples(1, 1));
  assert.equal(time.timers, 0);
});
