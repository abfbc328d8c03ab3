import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { fail } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";
import type { EventFields } from "../support/event_fields.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("on-demand: the first reader starts the stream, and it stops a second after the last one has left", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  equal(device.isStreaming(), false);
  const leaveFirst = await device.read({ options: { sample_rate: 5 } });
  const leaveSecond = await device.read({ options: { sample_rate: 50 } });
  await time.tick(0);
  equal([device.isStreaming(), device.status().stream.readers], [true, 2]);
  equal(instrument.runs, [{ sample_rate: 5, channel: "x" }]);
  leaveFirst();
  leaveFirst();
  await time.tick(5_000);
  equal([device.isStreaming(), device.status().stream.readers], [true, 1]);
  leaveSecond();
  await time.tick(999);
  equal(device.isStreaming(), true);
  await time.tick(1);
  equal([device.isStreaming(), device.status().stream.readers], [false, 0]);
});

Deno.test("a reader that comes back within the second finds the same run", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  const leave = await device.read();
  await time.tick(0);
  leave();
  await time.tick(900);
  const leaveAgain = await device.read();
  await time.tick(5_000);
  equal([device.isStreaming(), instrument.runs.length], [true, 1]);
  leaveAgain();
  await time.tick(1_000);
  equal(device.isStreaming(), false);
});

Deno.test("a reader that leaves never stops a local callback, nor an explicit start", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device } = bench;
  await device.connect();
  await device.startStreaming();
  const leave = await device.read();
  leave();
  await time.tick(5_000);
  equal(device.isStreaming(), true);
});

Deno.test("a reader may come before the device is connected", async () => {
  await using bench = await scriptedBench();
  const { device, watch } = bench;
  const leave = await device.read();
  await device.connect();
  await watch.state("streaming");
  leave();
});

Deno.test("manual: readers start nothing, an explicit start does", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ streaming: "manual" });
  const { device } = bench;
  await device.connect();
  const leave = await device.read();
  await time.tick(0);
  equal(device.isStreaming(), false);
  await device.startStreaming();
  equal(device.isStreaming(), true);
  leave();
  await time.tick(5_000);
  equal(device.isStreaming(), true);
  await device.stopStreaming();
  equal(device.isStreaming(), false);
});

Deno.test("always: it streams from its connection on, with the options of its settings, until it is stopped", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ streaming: "always", options: { sample_rate: 3 } });
  const { device, instrument } = bench;
  await device.connect();
  await time.tick(0);
  equal([device.isStreaming(), instrument.runs], [true, [{ sample_rate: 3, channel: "x" }]]);
  await device.stopStreaming();
  await time.tick(60_000);
  equal(device.isStreaming(), false);
  await device.disconnect();
  await device.connect();
  await time.tick(0);
  equal(device.isStreaming(), true);
});

Deno.test("always: a stream that ends by itself is a failure, and is started again", async () => {
  await using bench = await scriptedBench({ streaming: "always", restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  await device.connect();
  instrument.finish();
  const { error } = await watch.state("retrying");
  equal((error as { type: string }).type, "StreamEnded");
  await watch.state("streaming");
});

Deno.test("a stop holds for readers that come back by themselves, and a new reader starts the stream for all", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device } = bench;
  await device.connect();
  let ended = 0;
  const leaveFirst = await device.read({ onStop: () => ended++ });
  await time.tick(0);
  await device.stopStreaming();
  equal(ended, 1);
  leaveFirst();
  const leaveWaiting = await device.read({ waits: true });
  await time.tick(5_000);
  equal(device.isStreaming(), false);
  const leaveNew = await device.read();
  await time.tick(0);
  equal(device.isStreaming(), true);
  leaveNew();
  await time.tick(5_000);
  equal(device.isStreaming(), true);
  leaveWaiting();
  await time.tick(1_000);
  equal(device.isStreaming(), false);
});

Deno.test("a stop also ends a stream that continues for a second after its last reader", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device } = bench;
  await device.connect();
  const leave = await device.read();
  await time.tick(0);
  leave();
  await device.stopStreaming();
  await time.tick(10);
  equal([device.isStreaming(), time.timers], [false, 0]);
});

Deno.test("a stream without more samples ends for all consumers, and the next start starts a new run", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  const leave = await device.read();
  await watch.state("streaming");
  instrument.push(1, 2);
  instrument.finish();
  await watch.state("connected");
  await settled();
  equal([device.state, watch.samples, device.lastError], ["connected", [1, 2], undefined]);
  const leaveNew = await device.read();
  await watch.state("streaming");
  equal(instrument.runs.length, 2);
  leave();
  leaveNew();
});

Deno.test("events() counts as a reader: it gives the state first, then the samples, until it is left", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.push("a", "b");
  const seen: unknown[] = [];
  for await (const { event, state, payload } of device.events() as AsyncIterable<EventFields>) {
    seen.push(event === "device_state" ? state : payload);
    if (payload === "b") break;
  }
  equal(seen, ["connected", "streaming", "a", "b"]);
  equal(device.status().stream.readers, 0);
});

Deno.test("events() resumes behind an id, ends with its signal, and refuses an invalid id", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  await device.startStreaming();
  instrument.push("a", "b", "c");
  while (watch.samples.length < 3) await watch.sample();
  const leaving = new AbortController();
  const samples: unknown[] = [];
  for await (const event of device.events({ since: `${device.log.epoch}-0`, signal: leaving.signal })) {
    if (event.event !== "device_data") continue;
    samples.push(event.payload);
    if (event.payload === "c") leaving.abort();
  }
  equal(samples, ["b", "c"]);
  await rejects(device.events({ since: "nonsense" }).next(), { code: "InvalidRequest" });
  await rejects(device.events({ options: { sample_rate: "fast" } }).next(), {
    code: "InvalidRequest",
    message: /Cannot stream "daq1": sample_rate/,
  });
  equal(device.status().stream.readers, 0);
});

Deno.test("demand survives failures, and a device that retries still counts its readers", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ restart: { ...AT_ONCE, initialDelayMs: 100, maxDelayMs: 100 } });
  const { device, instrument } = bench;
  await device.connect();
  const leave = await device.read({ options: { channel: "z" } });
  await time.tick(0);
  instrument.next("connect", fail("no cable"), fail("no cable"));
  instrument.drop("the line is down");
  await time.tick(1_000);
  equal([device.isStreaming(), device.status().stream.readers], [true, 1]);
  equal(instrument.runs.map(({ channel }) => channel), ["z", "z"]);
  leave();
});
