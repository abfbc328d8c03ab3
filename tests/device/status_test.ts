import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { fail, ScriptedInstrument } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";

Deno.test("whether a device streams is unknown until it was connected once, and known from then on", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  equal(device.status().streams, null);
  instrument.next("connect", fail("no cable"));
  await rejects(device.connect());
  equal(device.status().streams, null);

  await device.connect();
  equal(device.status().streams, true);
  await device.disconnect();
  equal(device.status().streams, true);
});

Deno.test("a changed driver tells anew whether its devices stream", async () => {
  await using bench = await scriptedBench();
  const { daemon, device: streaming } = bench;
  daemon.registerPlugins({ devices: { Mute: new ScriptedInstrument({ streams: false }).driver } });
  const device = await daemon.addDevice("mute", "Mute");
  await device.connect();
  await device.disconnect();
  equal(device.status().streams, false);

  device.replacePlan(streaming.plan);
  equal(device.status().streams, null);
  await device.connect();
  equal(device.status().streams, true);
  await device.startStreaming();
});
