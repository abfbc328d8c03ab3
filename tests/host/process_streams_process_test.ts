import { deepStrictEqual as equal } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { Watch } from "../support/watch.ts";
import type { LabError } from "../../lib/mod.ts";
import { until } from "../support/until.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("a device that pushes: what it pushes after its stop is dropped, and a new run begins", async () => {
  await using bench = await benchOf("push_counter.ts");
  const device = await bench.daemon.addDevice("push1", "PushCounter");
  using watch = new Watch(device);
  await device.connect();
  await device.call("push_late");
  await device.startStreaming(undefined, { period: 2 });
  await device.startStreaming(undefined, { period: 1 });
  while (watch.samples.length < 5) await watch.sample();
  await device.stopStreaming();
  const { length } = watch.samples;
  equal(watch.samples, Array.from({ length }, (_, i) => i));
  await device.call("push_late");
  await device.startStreaming();
  while (watch.samples.length < length + 2) await watch.sample();
  equal(watch.samples.slice(length, length + 2), [0, 1]);
  equal(watch.sequences, Array.from(watch.sequences, (_, i) => i));
});

Deno.test("a polled device's reads and methods never overlap", async () => {
  await using bench = await benchOf("poll_counter.ts");
  const device = await bench.daemon.addDevice("poll1", "PollCounter");
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 400 });
  const answers: unknown[] = [];
  await until("20 samples", async () => {
    answers.push(...await Promise.all([device.call("query"), device.call("query")]));
    return watch.samples.length >= 20;
  });
  equal(new Set([...watch.samples, ...answers]), new Set([1]));
});

Deno.test("a stream that ends by itself: all its samples arrive before the state connected", async () => {
  await using bench = await benchOf("finite.ts");
  const device = await bench.daemon.addDevice("finite1", "Finite");
  using watch = new Watch(device);
  await device.connect();
  for (const count of [3, 5000, 1]) {
    const before = watch.samples.length;
    await device.startStreaming(undefined, { count });
    await watch.state("streaming");
    await watch.state("connected");
    equal(watch.samples.slice(before), Array.from({ length: count }, (_, i) => i));
  }
  equal(device.lastError, undefined);
});

Deno.test("a device that sends more and more packets: none is lost where a socket takes the place of the file", async () => {
  await using bench = await benchOf("counter.ts");
  const device = await bench.daemon.addDevice("counter1", "Counter");
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 1000 });
  await until("1500 samples, and answers among them", async () => {
    await device.call("echo", [1]);
    return watch.samples.length >= 1500;
  });
  equal(watch.samples, Array.from(watch.samples, (_, i) => i));
  equal(watch.sequences, watch.samples);
});

Deno.test("a stream without any sample is valid", async () => {
  await using bench = await benchOf("finite.ts");
  const device = await bench.daemon.addDevice("finite1", "Finite");
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming(undefined, { count: 0 });
  await device.startStreaming(undefined, { count: 0 });
  await device.stopStreaming();
  equal([device.state, watch.samples, device.lastError], ["connected", [], undefined]);
});

Deno.test("NaN, undefined, BigInt and similar values are samples", async () => {
  await using bench = await benchOf("odd_samples.ts");
  const device = await bench.daemon.addDevice("odd1", "OddSamples", {}, { options: { which: "ordinary" } });
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming();
  while (watch.samples.length < 12) await watch.sample();
  equal(watch.samples, [
    0,
    "",
    false,
    null,
    null,
    [],
    {},
    null,
    null,
    5,
    [0.5, null],
    "1970-01-01T00:00:00.000Z",
  ]);
});

Deno.test("a sample that JSON cannot represent ends the run with an error, and is counted as lost", async (test) => {
  await using bench = await benchOf("odd_samples.ts");
  for (const which of ["cycle", "function"]) {
    await test.step(which, async () => {
      const restart = { ...AT_ONCE, initialDelayMs: 60_000, maxDelayMs: 60_000 };
      const device = await bench.daemon.addDevice(which, "OddSamples", {}, { options: { which }, restart });
      using watch = new Watch(device);
      await device.connect();
      await device.startStreaming().catch(() => {});
      const { error } = await watch.state("retrying");
      equal((error as LabError).type, "NotSerializable");
      equal(watch.story, "disconnected connecting connected streaming data gap error retrying");
      equal([watch.samples, device.log.sequence], [["before"], 2]);
    });
  }
});
