import { deepStrictEqual as equal } from "node:assert/strict";
import { scriptedBench } from "../support/scripted_bench.ts";
import { fakeTime } from "../support/time.ts";

Deno.test("a stream that is silent beyond its period is shown as silent, until a sample comes", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  await device.startStreaming();
  instrument.push(1);
  await time.tick(9_000);
  equal(device.status().warnings, []);
  await time.tick(2_000);
  const [{ type, message }] = device.status().warnings;
  equal([type, message], [
    "StreamSilent",
    "it streams and has sent no sample for 10 s, and samples are due every 100 ms",
  ]);
  equal(device.state, "streaming");
  instrument.push(2);
  await time.tick(100);
  equal(device.status().warnings, []);
  await time.tick(11_000);
  equal(device.status().warnings.length, 1);
  await device.stopStreaming();
  equal(device.status().warnings, []);
});

Deno.test("a slow stream is silent after three of its periods", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device } = bench;
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 0.01 });
  await time.tick(290_000);
  equal(device.status().warnings, []);
  await time.tick(20_000);
  equal(device.status().warnings.map(({ type }) => type), ["StreamSilent"]);
});
