/** Devices that share a process: buses, and processes of the bench file. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import type { AddDeviceOptions } from "../../lib/device/planner.ts";
import type { LabError } from "../../lib/errors.ts";
import { createApp } from "../../lib/http/app.ts";
import { ctl } from "../cli/ctl/ctl_bench.ts";
import { type Bench, benchOf, benchWith } from "../support/bench.ts";
import { collectLog } from "../support/log.ts";
import { Watch } from "../support/watch.ts";

const AT_ONCE = { initialDelayMs: 1, maxDelayMs: 1 };

/** Three units on one bus, connected. */
async function units(bench: Bench, options: AddDeviceOptions = {}) {
  const units = [];
  for (const unit of [1, 2, 3]) units.push(await bench.daemon.addDevice(`unit${unit}`, "Unit", { unit }, options));
  await Promise.all(units.map((device) => device.connect()));
  return units;
}

Deno.test("the devices of a bus live in one process and on one connection, which the last one ends", async () => {
  await using bench = await benchOf("shared.ts");
  const [one, two, three] = await units(bench);
  const other = await bench.daemon.addDevice("other", "Unit", { port: 503 });
  await other.connect();
  const pid = await one.call("pid");
  equal([await two.call("pid"), await three.call("pid")], [pid, pid]);
  ok(await other.call("pid") !== pid);
  equal(await Promise.all([one, two, three].map((device) => device.call("place"))), [
    ["127.0.0.1", 1, 1],
    ["127.0.0.1", 2, 1],
    ["127.0.0.1", 3, 1],
  ]);
  equal(one.status().shared_process, {
    name: 'bus "tcp:127.0.0.1:502"',
    devices: ["unit1", "unit2", "unit3"],
  });
  using watch = new Watch(two);
  await two.startStreaming();
  await watch.sample();
  await one.disconnect();
  await three.disconnect();
  equal((await watch.sample()).payload, 2);
  equal(await two.call("pid"), pid);
  await two.disconnect();
  await two.connect();
  ok(await two.call("pid") !== pid);
});

Deno.test("a driver that names the bus of others gets neither their process nor their permissions", async () => {
  await using bench = await benchOf("shared.ts", {
    "spy.ts": `import { defineDriver } from "labdaemon/driver";
import { z } from "zod";
export default defineDriver({
  name: "Spy",
  params: z.object({ bus: z.string() }),
  bus: ({ bus }) => bus,
  create: () => ({}),
});
`,
    "meter.yaml": "driver: Meter\ntransport: scpi\nvalues: { voltage: { ask: 'MEAS?' } }\n",
  });
  const { daemon } = bench;
  const unit = await daemon.addDevice("unit1", "Unit", { net: ["10.0.0.7:5025"] });
  const meter = await daemon.addDevice("meter1", "Meter", { host: "10.0.0.8" });
  for (const device of [unit, meter]) {
    const { name } = device.status().shared_process!;
    const spy = await daemon.addDevice("spy1", "Spy", { bus: /^bus "(.*)"$/.exec(name)![1] });
    const { permissions, shared_process } = spy.status();
    equal([permissions, shared_process], [{}, { name, devices: ["spy1"] }]);
    await daemon.removeDevice("spy1");
  }
  equal(unit.status().shared_process?.devices, ["unit1"]);
});

Deno.test("a device that ends the process costs itself its restarts, and no other device", async (test) => {
  await using bench = await benchOf("shared.ts");
  const restart = { ...AT_ONCE, maxRestarts: 0 };
  const [bad, good] = await units(bench, { restart });
  for (const how of ["rejects", "exits"]) {
    await test.step(how, async () => {
      using watch = new Watch(good);
      bad.call("breaks", [how]).catch(() => {});
      const { error } = await watch.state("retrying");
      match((error as LabError).message, /^"unit2" has lost its process, because of "unit1": The process of bus "tcp/);
      await watch.state("connected");
      equal([bad.state, good.status().restarts > 0], ["faulted", true]);
      await bad.connect();
    });
  }
});

Deno.test("a method that ignores its limit ends the connection of its device, and no other one", async () => {
  await using bench = await benchOf("shared.ts");
  const [good, bad] = await units(bench, { restart: AT_ONCE, limits: { callMs: 2_000, stopMs: 1_000 } });
  const pid = await good.call("pid");
  using watch = new Watch(bad);
  await rejects(bad.call("hangs"), { code: "DeviceTimeout" });
  const { error } = await watch.state("retrying");
  equal((error as LabError).type, "MethodHangs");
  await watch.state("connected");
  equal([await bad.call("pid"), await good.call("pid"), good.status().restarts], [pid, pid, 0]);
});

Deno.test("a new version of the driver, and a new permission, renew the process: readers stay, no restart is spent", async () => {
  await using bench = await benchOf("shared.ts");
  const [one, two] = await units(bench, { restart: { maxRestarts: 0 } });
  using watch = new Watch(two);
  await two.startStreaming();
  await watch.sample();
  const pid = await one.call("pid");
  const third = await bench.daemon.addDevice("unit4", "Unit", { unit: 4, net: ["127.0.0.1:2"] });
  await third.connect();
  const next = await third.call("pid");
  ok(next !== pid);
  equal((await watch.state("streaming")).reason, "reloaded");
  equal(await two.call("pid"), next);
  equal(two.status().permissions, { net: ["127.0.0.1:2"] });
  const text = await Deno.readTextFile(`${bench.folder}/shared.ts`);
  await Deno.writeTextFile(`${bench.folder}/shared.ts`, text.replace("yield unit;", "yield unit * 10;"));
  await bench.daemon.loadDrivers(bench.folder);
  equal((await watch.state("streaming")).reason, "reloaded");
  equal((await watch.sample()).payload, 20);
  ok(await two.call("pid") !== next);
  equal([two.status().restarts, two.lastError], [0, undefined]);
});

Deno.test("a line of the console is logged for the device whose code wrote it", async () => {
  using log = collectLog();
  await using bench = await benchOf("shared.ts");
  const [one, two] = await units(bench);
  await Promise.all([one.call("says", ["I am one"]), two.call("says", ["I am two"])]);
  await bench.daemon.shutdown();
  const lines = log.messages.filter((message) => /I am/.test(message));
  equal(lines.sort(), ["unit1: I am one", "unit2: I am two"]);
});

Deno.test("a process of the bench file holds devices of several drivers, and a bus gives its devices its params", async () => {
  await using bench = await benchWith({ buses: { gw: { host: "127.0.0.9", baud: 9600 } } }, "shared.ts", "counter.ts");
  const { daemon } = bench;
  const all = [
    await daemon.addDevice("a", "Counter", {}, { process: "small" }),
    await daemon.addDevice("b", "Unit", {}, { process: "small" }),
    await daemon.addDevice("c", "Unit", {}, { bus: "gw" }),
    await daemon.addDevice("d", "Unit", { host: "127.0.0.8" }, { bus: "gw" }),
  ];
  const app = createApp(daemon);
  const added = await ctl(app, ["add", "f", "Counter", "--settings", '{"process": "small"}']);
  equal([added.code, daemon.getDevice("f").status().shared_process?.devices], [0, ["a", "b", "f"]]);
  await daemon.addDevice("own", "Counter");
  const { out } = await ctl(app, ["list"]);
  for (const line of [/^a .* process "small"$/m, /^d .* bus "gw"$/m, /^own .* own$/m]) {
    match(out.replace(/ +$/gm, ""), line);
  }
  await Promise.all(all.map((device) => device.connect()));
  const [a, b, c, d] = await Promise.all(all.map((device) => device.call("pid")));
  equal([a === b, c === d, a === c], [true, true, false]);
  equal(await all[2].call("place"), ["127.0.0.9", 1, 1]);
  equal(await all[3].call("place"), ["127.0.0.8", 1, 2]);
  equal(all[2].status().params.host, "127.0.0.9");
  await rejects(daemon.addDevice("e", "Unit", {}, { bus: "wg" }), /there is no bus "wg"; known buses are gw/);
});
