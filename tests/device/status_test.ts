import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import type { Device } from "../../lib/device/device.ts";
import { fail, ScriptedInstrument } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";

/** `can_stream`, and `streams`, which has the same value. */
function canStream(device: Device): boolean | null {
  const { can_stream, streams } = device.status();
  equal(streams, can_stream);
  return can_stream;
}

Deno.test("can_stream is null until the device was connected once, and known from then on", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  equal(canStream(device), null);
  instrument.next("connect", fail("no cable"));
  await rejects(device.connect());
  equal(canStream(device), null);

  await device.connect();
  equal(canStream(device), true);
  await device.disconnect();
  equal(canStream(device), true);
});

Deno.test("can_stream is null again after the driver was replaced", async () => {
  await using bench = await scriptedBench();
  const { daemon, device: streaming } = bench;
  daemon.registerPlugins({ devices: { Mute: new ScriptedInstrument({ streams: false }).driver } });
  const device = await daemon.addDevice("mute", "Mute");
  await device.connect();
  await device.disconnect();
  equal(canStream(device), false);

  device.replacePlan(streaming.plan);
  equal(canStream(device), null);
  await device.connect();
  equal(canStream(device), true);
  await device.startStreaming();
});
