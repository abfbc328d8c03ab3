import { deepStrictEqual as equal } from "node:assert/strict";
import type { DeviceStatus } from "../../lib/device/status.ts";
import { webBench } from "../support/web_bench.ts";
import { benchOf } from "../support/bench.ts";

Deno.test("a device tells the options of its run, or those of one whose starter says nothing", async () => {
  await using bench = await webBench({ options: { sample_rate: 20 } });
  const options = async () => (await bench.ask<DeviceStatus>("GET /devices/daq1")).body.options;
  equal(await options(), { sample_rate: 20 });
  await bench.ask("POST /devices/daq1/connect");
  await bench.ask("POST /devices/daq1/stream/start", { channel: "y" });
  equal(await options(), { sample_rate: 20, channel: "y" });
  await bench.ask("POST /devices/daq1/stream/stop");
  equal(await options(), { sample_rate: 20 });
});

Deno.test("a device tells what its driver was granted: what it asks for, as the bench file narrows and extends it", async () => {
  await using bench = await benchOf("nosy.ts");
  const params = { read: ["/etc"], net: ["10.0.0.7:80"] };
  const permissions = { only: { net: [] }, add: { env: ["HOME"] } };
  const device = await bench.daemon.addDevice("nosy1", "Nosy", params, { permissions });
  equal(device.status().permissions, { read: ["/etc"], env: ["HOME"] });
});
