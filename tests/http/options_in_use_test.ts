import { deepEqual, equal } from "node:assert/strict";
import { webBench } from "../support/web_bench.ts";

Deno.test("a start with another sample_rate while the device streams is refused with the options that hold", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const start = (options: unknown) => bench.ask("POST /devices/daq1/stream/start", options);
  equal((await start({ sample_rate: 5 })).status, 200);
  const { status, type, message, context } = await bench.refusal("POST /devices/daq1/stream/start", {
    sample_rate: 50,
  });
  deepEqual([status, type], [409, "OptionsInUse"]);
  equal(message, 'Cannot start streaming "daq1": it streams with sample_rate 5, and 50 was asked for; stop it first');
  deepEqual(context.options, { sample_rate: 5, channel: "x" });
  // The same options, the defaults of the others, and none at all are no others.
  for (const same of [{ sample_rate: 5 }, { channel: "x" }, {}]) equal((await start(same)).status, 200);
  deepEqual(bench.instrument.runs, [{ sample_rate: 5, channel: "x" }]);
  await bench.ask("POST /devices/daq1/stream/stop");
  equal((await start({ sample_rate: 50 })).status, 200);
});

Deno.test("a stream that was opened with options it did not get begins with the options that hold", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using first = await bench.open("/stream/devices/daq1?sample_rate=5");
  await using second = await bench.open("/stream/devices/daq1?sample_rate=50&max_rate=10");
  await first.state("streaming");
  bench.instrument.push(1);
  await second.sample();
  const brief = second.events.slice(0, 2).map(({ event, options }) => ({ event, options }));
  deepEqual(brief, [
    { event: "device_state", options: undefined },
    { event: "options", options: { sample_rate: 5, channel: "x" } },
  ]);
  equal(first.events.some(({ event }) => event === "options"), false);
});

Deno.test("a reader with other options that comes right after the last one left gets them", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  {
    await using first = await bench.open("/stream/devices/daq1?sample_rate=5");
    await first.state("streaming");
  }
  await using second = await bench.open("/stream/devices/daq1?sample_rate=50");
  while (bench.instrument.runs.length < 2) await second.state("streaming");
  deepEqual(bench.instrument.runs.map(({ sample_rate }) => sample_rate), [5, 50]);
  equal(second.events.some(({ event }) => event === "options"), false);
});
