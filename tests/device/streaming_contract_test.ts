import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { fail, held } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { settled } from "../support/watch.ts";

Deno.test("startStreaming() gives the callback each sample and its event", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  const got: unknown[] = [];
  await device.startStreaming((data, { sequence, device_id }) => got.push([data, sequence, device_id]));
  instrument.push(0, "", null);
  while (watch.samples.length < 3) await watch.sample();
  await settled();
  equal(got, [[0, 0, "daq1"], ["", 1, "daq1"], [null, 2, "daq1"]]);
});

Deno.test("a second startStreaming() changes neither callback nor options nor the run", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  const first: unknown[] = [];
  const second: unknown[] = [];
  await device.startStreaming((data) => first.push(data), { sample_rate: 5 });
  await device.startStreaming((data) => second.push(data), { sample_rate: 50 });
  instrument.push(1);
  await watch.sample();
  await settled();
  equal([first, second], [[1], []]);
  equal(instrument.runs, [{ sample_rate: 5, channel: "x" }]);
});

Deno.test("of two starts at the same moment the first one counts, with its callback and its options", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  const got: unknown[] = [];
  await Promise.all([
    device.startStreaming((data) => got.push(["first", data]), { sample_rate: 5 }),
    device.startStreaming((data) => got.push(["second", data]), { sample_rate: 50 }),
  ]);
  instrument.push(1);
  await watch.sample();
  await settled();
  equal(got, [["first", 1]]);
  equal(instrument.runs, [{ sample_rate: 5, channel: "x" }]);
});

Deno.test("stopStreaming() may be called in every state, and repeatedly", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.stopStreaming();
  equal(device.state, "disconnected");
  await device.connect();
  await device.stopStreaming();
  equal(device.state, "connected");
  await device.startStreaming();
  await Promise.all([device.stopStreaming(), device.stopStreaming()]);
  await device.stopStreaming();
  equal(device.state, "connected");
  instrument.next("connect", fail("no cable"));
  await device.disconnect();
  await device.connect().catch(() => {});
  await device.stopStreaming();
  equal(device.state, "retrying");
});

Deno.test("after stopStreaming() has resolved no sample arrives, and the next start gets a new run", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  const got: unknown[] = [];
  await device.startStreaming((data) => got.push(data));
  instrument.push(1);
  await watch.sample();
  await settled();
  await device.stopStreaming();
  instrument.push(2);
  await settled();
  equal([got, watch.samples, device.log.sequence], [[1], [1], 1]);

  await device.startStreaming((data) => got.push(data), { sample_rate: 7 });
  await watch.sample();
  await settled();
  equal(got, [1, 2]);
  equal(watch.sequences, [0, 1]);
  equal(instrument.runs.map(({ sample_rate }) => sample_rate), [10, 7]);
});

Deno.test("a stop right after a start counts, in whichever microtask it comes", async (test) => {
  for (let turns = 0; turns < 30; turns++) {
    await test.step(`${turns} microtasks later`, async () => {
      await using bench = await scriptedBench();
      const { device, instrument, watch } = bench;
      await device.connect();
      const starting = device.startStreaming();
      for (let i = 0; i < turns; i++) await Promise.resolve();
      await device.stopStreaming();
      const before = [watch.events.length, instrument.calls.length];
      instrument.push(1);
      await starting;
      await settled();
      equal([device.isStreaming(), watch.samples], [false, []]);
      equal([watch.events.length, instrument.calls.length], before);
    });
  }
});

Deno.test("a start right after a stop counts, in whichever microtask it comes", async (test) => {
  for (let turns = 0; turns < 30; turns++) {
    await test.step(`${turns} microtasks later`, async () => {
      await using bench = await scriptedBench();
      const { device, instrument, watch } = bench;
      await device.connect();
      await device.startStreaming();
      const stopping = device.stopStreaming();
      for (let i = 0; i < turns; i++) await Promise.resolve();
      await device.startStreaming();
      await stopping;
      instrument.push(1);
      await watch.sample();
      equal(device.isStreaming(), true);
    });
  }
});

Deno.test("isStreaming() is true exactly as long as the loop runs", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  equal(device.isStreaming(), false);
  await device.connect();
  equal(device.isStreaming(), false);
  await device.startStreaming();
  equal([device.isStreaming(), instrument.calls.at(-1)], [true, "stream"]);
  await watch.state("streaming");
  instrument.finish();
  await watch.state("connected");
  equal([device.isStreaming(), instrument.calls.at(-1)], [false, "streamed"]);
  await device.startStreaming();
  instrument.drop("the line is down");
  await watch.state("retrying");
  equal(device.isStreaming(), false);
});

Deno.test("a callback that takes long delays neither methods, nor other readers, nor the stop", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  const slow = held();
  const got: unknown[] = [];
  await device.startStreaming(async (data) => {
    got.push(data);
    await slow.step();
  });
  instrument.push(1, 2, 3);
  while (watch.samples.length < 3) await watch.sample();
  equal(await device.call("work", ["meanwhile"]), "meanwhile");
  await device.stopStreaming();
  slow.release(undefined);
  await settled();
  equal(got, [1]);
});

Deno.test("a callback may call a method of its device, and stop its own stream", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  const stopped = Promise.withResolvers<unknown>();
  const got: unknown[] = [];
  await device.startStreaming(async (data) => {
    got.push(data);
    const answer = await device.call("work", ["from the callback"]);
    await device.stopStreaming();
    stopped.resolve(answer);
  });
  instrument.push(1, 2);
  equal(await stopped.promise, "from the callback");
  await settled();
  equal([got, device.state, watch.samples], [[1], "connected", [1, 2]]);
});

Deno.test("a callback that throws gets the next sample too, and its error is reported", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  const got: unknown[] = [];
  await device.startStreaming((data) => {
    got.push(data);
    throw new Error("the disk is full");
  });
  instrument.push(1, 2);
  while (watch.samples.length < 2) await watch.sample();
  await settled();
  equal(got, [1, 2]);
  const { type, origin, message } = device.lastError!;
  equal([type, origin], ["CallbackError", "callback"]);
  ok(message.includes("the disk is full"));
  equal(device.state, "streaming");
});

Deno.test("startStreaming() refuses a disconnected device, and leaves no demand", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await rejects(device.startStreaming(), { code: "DeviceNotConnected", message: /"daq1".*it is disconnected/ });
  await device.connect();
  await settled();
  equal([device.state, instrument.count("stream")], ["connected", 0]);
});

Deno.test("a start that is overtaken by a disconnect is refused, and leaves no demand", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  const starting = device.startStreaming(() => {}, { sample_rate: 5 });
  const refused = rejects(starting, { code: "DeviceNotConnected", message: /it is disconnected/ });
  await device.disconnect();
  await refused;
  await device.connect();
  await settled();
  equal([device.state, instrument.count("stream")], ["connected", 0]);
});

Deno.test("startStreaming() refuses options that do not fit", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  await rejects(device.startStreaming(undefined, { sampel_rate: 5 }), {
    code: "InvalidRequest",
    message: /Cannot start streaming "daq1": .*sampel_rate/,
  });
  equal(instrument.count("stream"), 0);
  await rejects(device.startStreaming(undefined, { sample_rate: -1 }), (error: Error & { context: unknown }) => {
    const { issues } = error.context as { issues: { path: string }[] };
    equal(issues.map(({ path }) => path), ["sample_rate"]);
    return true;
  });
});

Deno.test("startStreaming() rejects if the driver fails at once", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  instrument.next("connect", fail("no cable"));
  instrument.drop("no such channel");
  const starting = device.startStreaming();
  await watch.state("retrying");
  await starting.catch(({ message }) => equal(message, "no such channel"));
  equal(device.lastError?.message, "no such channel");
});

Deno.test("stopStreaming() refuses a timeout that is negative, infinite or NaN", async (test) => {
  await using bench = await scriptedBench();
  const { device } = bench;
  await device.connect();
  await device.startStreaming();
  for (const timeout of [-1, NaN, Infinity]) {
    await test.step(String(timeout), () => rejects(device.stopStreaming(timeout), { code: "InvalidRequest" }));
  }
  equal(device.isStreaming(), true);
});
