import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { counter, isVersion, save, scan, summaries, watched } from "../support/driver_versions.ts";
import { driversUntil } from "../support/drivers_of.ts";
import type { DriverStatus } from "../../lib/mod.ts";
import { Watch } from "../support/watch.ts";

/** True of drivers the first of which has an error. A file that takes long to load is not refused yet. */
const isRefused = ([{ error }]: DriverStatus[]) => error !== undefined && error.type !== "DriverStillLoads";

Deno.test("a driver that takes another driver's name is refused until that name is free", async () => {
  await using bench = await benchOf({ "a.ts": counter("a", { name: "A" }), "b.ts": counter("b", { name: "B" }) });
  const device = await bench.daemon.addDevice("b1", "B");
  await device.connect();
  await save(bench, "b.ts", counter("b2", { name: "A" }));
  await scan(bench);
  const error = 'Cannot use the driver "A": 2 files declare it: a.ts, b.ts. ' +
    "Keep one in the folder, or give the others another name";
  equal(summaries(bench), [["a.ts", "A", "version a", error], ["b.ts", "B", "version b", error]]);
  equal(await device.call("version"), "b");

  await Deno.remove(`${bench.folder}/a.ts`);
  await scan(bench);
  equal(summaries(bench), [["b.ts", "A", "version b2", undefined]]);
  await device.connect();
  equal([await device.call("version"), device.type], ["b2", "A"]);
  await rejects(bench.daemon.addDevice("b2", "B"), { code: "DeviceTypeNotFound" });
});

Deno.test("a version that does not fit one device's params or options is refused for all, and names the device", async () => {
  await using bench = await watched({ "counter.ts": counter(1, { params: "port: z.string().default('A')" }) });
  const { daemon } = bench;
  const devices = [
    await daemon.addDevice("c1", "Counter"),
    await daemon.addDevice("c2", "Counter", { port: "B" }),
    await daemon.addDevice("c3", "Counter", {}, { options: { sample_rate: 5 } }),
  ];
  for (const device of devices) await device.connect();
  const pids = await Promise.all(devices.map((device) => device.call("pid")));

  await save(bench, "counter.ts", counter(2, { params: "port: z.enum(['A', 'C']).default('A')" }));
  let [{ error }] = await driversUntil(daemon, isRefused);
  match(error!.message, /^Cannot use counter\.ts as it is now: "c2" does not fit it: port: .*"A"/);
  await save(bench, "counter.ts", counter(3, { params: "port: z.string().default('A')", options: "gain: z.number()" }));
  [{ error }] = await driversUntil(daemon, ([{ error }]) => error?.message.includes("c3") === true);
  match(error!.message, /^Cannot use counter\.ts as it is now: "c3" does not fit it: gain: /);
  equal(await Promise.all(devices.map((device) => device.call("pid"))), pids);
  equal(daemon.drivers()[0].summary, "version 1");

  // The device that blocked the version is removed.
  using watch = new Watch(devices[0]);
  await daemon.removeDevice("c3");
  await watch.next(({ reason }) => reason === "reloaded");
  equal(summaries(bench), [["counter.ts", "Counter", "version 3", undefined]]);
  equal(await devices[0].call("version"), "3");
});

Deno.test("a version that does not fit the options of a run is refused until that run is over", async () => {
  await using bench = await watched({ "counter.ts": counter(1, { options: "gain: z.number().optional()" }) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  await device.startStreaming(undefined, { gain: 2 });
  await save(bench, "counter.ts", counter(2));
  const [{ error }] = await driversUntil(bench.daemon, isRefused);
  match(error!.message, /"c1" does not fit it: gain: unknown key/);
  equal(device.isStreaming(), true);
  await device.stopStreaming();
  await driversUntil(bench.daemon, isVersion(2));
});
