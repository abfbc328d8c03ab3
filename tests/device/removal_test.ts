import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { held } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";

Deno.test("the last event of a removed device has the reason removed; that of a shutdown has none", async () => {
  for (const removed of [true, false]) {
    await using bench = await scriptedBench();
    const { daemon, device, watch } = bench;
    await device.connect();
    await watch.state("connected");

    await (removed ? daemon.removeDevice("daq1") : daemon.shutdown());

    await watch.state("disconnected");
    if (removed) equal((await watch.state("disconnected")).reason, "removed");
    equal(watch.events.at(-1)!.reason, removed ? "removed" : undefined);
  }
});

Deno.test("a removed device cannot be connected again, not even by a connect() during its removal", async () => {
  await using bench = await scriptedBench();
  const { daemon, device, instrument } = bench;
  const closing = held();
  instrument.next("disconnect", closing.step);
  await device.connect();
  const removing = daemon.removeDevice("daq1");
  const refused = rejects(device.connect(), { code: "DeviceNotConnected" });
  closing.release(undefined);
  await Promise.all([removing, refused]);
  await rejects(device.connect(), { code: "DeviceNotConnected" });
  ok(!daemon.devices().includes(device));
});
