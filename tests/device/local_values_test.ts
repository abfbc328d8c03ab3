import { deepStrictEqual as equal, ok, strictEqual as same } from "node:assert/strict";
import { defineDriver, type Device, LabDaemon } from "../../lib/mod.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { held } from "../support/scripted_driver.ts";
import { settled } from "../support/watch.ts";

/** Starts the device, and resolves to the first `count` samples that its callback gets. */
async function firstSamples(device: Device, count: number): Promise<unknown[]> {
  const got: unknown[] = [];
  const enough = Promise.withResolvers<void>();
  await device.startStreaming((data, { payload }) => {
    same(data, payload);
    if (got.push(data) === count) enough.resolve();
  });
  await enough.promise;
  return got;
}

/** Values that JSON cannot express, or changes. */
const ODD = [NaN, Infinity, -0, undefined, 5n, new Date(0), new Map([["a", 1]]), { x: NaN }, [undefined]];

Deno.test("a callback gets the very values of a class that a script registered", async () => {
  const samples = [new Float64Array([0.1, NaN, -0]), new Uint8Array([1, 2]), ...ODD];
  class Scope {
    stream = async function* () {
      yield* samples;
    };
  }
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Scope } });
  const device = await daemon.addDevice("scope1", "Scope");
  await device.connect();
  const got = await firstSamples(device, samples.length);
  equal(got, samples);
  ok(got.every((it, i) => Object.is(it, samples[i])));
});

Deno.test("a callback gets the very values of a driver that a script defined", async () => {
  const sample = { trace: new Float32Array([1.5, NaN]), overload: undefined };
  const Scope = defineDriver({
    name: "Scope",
    create: () => ({
      async *stream() {
        yield sample;
      },
    }),
  });
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Scope } });
  const device = await daemon.addDevice("scope1", "Scope");
  await device.connect();
  const [got] = await firstSamples(device, 1);
  same(got, sample);
});

Deno.test("events() gives the same values as a callback", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  const sample = new Float64Array([NaN]);
  instrument.push(sample);
  for await (const event of device.events()) {
    if (event.event !== "device_data") continue;
    same(event.payload, sample);
    break;
  }
});

Deno.test("other readers get the values as JSON carries them", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  await device.startStreaming(() => {});
  instrument.push(NaN, new Float64Array([0.5, NaN]));
  while (watch.samples.length < 2) await watch.sample();
  equal(watch.samples, [null, [0.5, null]]);
});

Deno.test("a sample from before the callback came is read from the ring", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  await device.startStreaming();
  instrument.push(NaN, "late");
  while (watch.samples.length < 2) await watch.sample();
  const got: unknown[] = [];
  for await (const event of device.events({ since: `${device.log.epoch}--1` })) {
    if (event.event === "device_data") got.push(event.payload);
    if (got.includes("late")) break;
  }
  equal(got, [null, "late"]);
});

Deno.test("a slow callback misses what the ring has dropped, and then gets the values of now", async () => {
  await using bench = await scriptedBench({ ring: { maxBytes: 2_000 } });
  const { device, instrument, watch } = bench;
  await device.connect();
  const slow = held();
  const got: unknown[] = [];
  await device.startStreaming(async (data) => {
    got.push(data);
    if (got.length === 1) await slow.step();
  });
  const samples = Array.from({ length: 200 }, (_, i) => ({ i }));
  for (const sample of samples) {
    instrument.push(sample);
    await watch.sample();
  }
  slow.release(undefined);
  await settled();
  ok(got.length < 150, `${got.length} samples`);
  ok(got.every((it) => samples.includes(it as { i: number })), "a sample is not the yielded object");
  same(got.at(-1), samples.at(-1));
});

Deno.test("typed arrays of a driver's process come back as such, and what only looks like one stays", async () => {
  await using script = scriptedDevice();
  const { device } = script;
  await device.connect();
  const base64 = new Uint8Array(new Float64Array([0.5, NaN]).buffer).toBase64();
  const samples = [
    { dtype: "float64", shape: [2], base64 },
    { trace: { dtype: "float64", shape: [2], base64 }, n: 1 },
    { dtype: "float64", shape: [1, 2], base64 },
    { dtype: "float64", shape: [3], base64 },
    { dtype: "float63", shape: [2], base64 },
    { dtype: "float64", shape: [2], base64, unit: "V" },
    { dtype: "float64", shape: [2], base64: "?" },
  ];
  const got: unknown[] = [];
  const all = Promise.withResolvers<void>();
  await device.startStreaming((data) => {
    if (got.push(data) === samples.length) all.resolve();
  });
  script.host.send(samples);
  await all.promise;
  const array = new Float64Array([0.5, NaN]);
  equal(got, [array, { trace: array, n: 1 }, ...samples.slice(2)]);
});
