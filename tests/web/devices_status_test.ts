import { deepStrictEqual as equal } from "node:assert/strict";
import type { DeviceStatus } from "../../lib/wire/device.ts";
import { webBench } from "../support/web_bench.ts";

Deno.test("a device's status has the options of its run, or those of a run without options", async () => {
  await using bench = await webBench({ options: { sample_rate: 20 } });
  const options = async () => (await bench.ask<DeviceStatus>("GET /devices/daq1")).body.options;
  equal(await options(), { sample_rate: 20 });
  await bench.ask("POST /devices/daq1/connect");
  await bench.ask("POST /devices/daq1/stream/start", { channel: "y" });
  equal(await options(), { sample_rate: 20, channel: "y" });
  await bench.ask("POST /devices/daq1/stream/stop");
  equal(await options(), { sample_rate: 20 });
});
