import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { isAlive } from "../support/processes.ts";
import { collectGarbage } from "../support/garbage.ts";
import { counter, save, scan, summaries, watched } from "../support/driver_versions.ts";
import { allGone, hasProc, processesWith } from "../support/processes.ts";
import { Watch } from "../support/watch.ts";

Deno.test("a saved driver is reloaded: its readers stay, sequences continue, one state event reports it, nothing is lost", async () => {
  await using bench = await watched({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  await device.startStreaming();
  using watch = new Watch(device);
  await watch.sample();
  const before = watch.events.length;

  await save(bench, "counter.ts", counter(2));
  const event = await watch.next(({ reason }) => reason === "reloaded");
  await watch.sample();
  equal(await device.call("version"), "2");

  equal(event.state, "streaming");
  const states = watch.events.slice(before).filter(({ event }) => event === "device_state");
  equal(states.length, 1);
  equal(watch.events.filter(({ event }) => event === "gap" || event === "stream_error"), []);
  equal(watch.sequences, watch.sequences.map((_, i) => watch.sequences[0] + i));
  equal(device.status().restarts, 0);
  equal(summaries(bench), [["counter.ts", "Counter", "version 2", undefined]]);
});

Deno.test("a device that is added, or connects, during a reload gets the new version", async () => {
  const slow = `await new Promise((resolve) => setTimeout(resolve, 300));`;
  await using bench = await benchOf({ "counter.ts": counter(1, { head: slow }) });
  const { daemon } = bench;
  const first = await daemon.addDevice("c0", "Counter");
  const connecting = first.connect();
  await save(bench, "counter.ts", counter(2));
  const scanning = scan(bench);
  const adding = Promise.all(["c1", "c2", "c3"].map((id) => daemon.addDevice(id, "Counter")));
  await scanning;
  await connecting;
  for (const device of [first, ...await adding]) {
    await device.connect();
    equal(await device.call("version"), "2");
  }
});

Deno.test("a device that its driver faulted connects with the next version that works", async () => {
  await using bench = await benchOf({
    "counter.ts": counter(1, { device: "connect: () => Deno.exit(3)," }),
  });
  const device = await bench.daemon.addDevice("c1", "Counter", {}, { restart: { maxRestarts: 0 } });
  using watch = new Watch(device);
  device.connect().catch(() => {});
  await watch.state("faulted");
  await save(bench, "counter.ts", counter(2));
  await scan(bench);
  await watch.state("connected");
  equal(await device.call("version"), "2");
});

Deno.test("a device keeps its params and its grants when its driver is reloaded", async () => {
  const reader = (high: number) => `
    import { defineDriver } from "labdaemon/driver";
    import { z } from "zod";
    export default defineDriver({
      name: "Reader",
      params: z.object({ high: z.number().default(${high}), low: z.number().default(0) }),
      create: ({ high, low }) => ({ async read_all() { return [low, high, await Deno.readTextFile("/etc/hostname") !== ""]; } }),
      methods: { read_all: { run: (device) => device.read_all() } },
    });`;
  await using bench = await benchOf({ "reader.ts": reader(10) });
  const permissions = { add: { read: ["/etc/hostname"] } };
  const device = await bench.daemon.addDevice("r1", "Reader", { low: 3 }, { permissions });
  await device.connect();
  equal(await device.call("read_all"), [3, 10, true]);
  await save(bench, "reader.ts", reader(20));
  await scan(bench);
  await device.connect();
  equal(await device.call("read_all"), [3, 20, true]);
  equal(device.status().params, { low: 3, high: 20 });
});

Deno.test("shutdown does not wait for a file that never loads, and leaves no process behind", async () => {
  const bench = await benchOf({ "counter.ts": counter(1) });
  await save(bench, "counter.ts", `console.log("here"); setInterval(() => {}, 1000); await new Promise(() => {});`);
  const scanning = scan(bench).catch(() => {});
  await bench[Symbol.asyncDispose]();
  await scanning;
  if (hasProc) await allGone(bench.folder);
});

Deno.test({
  name: "fifteen reloads leave no process and no memory behind",
  ignore: !hasProc,
  async fn() {
    await using bench = await benchOf({ "counter.ts": counter(0) });
    const device = await bench.daemon.addDevice("c1", "Counter");
    await device.connect();
    await device.startStreaming();
    using watch = new Watch(device);
    const pids = new Set<number>();
    const reload = async (version: number) => {
      await save(bench, "counter.ts", counter(version));
      await scan(bench);
      await watch.next(({ reason }) => reason === "reloaded");
      pids.add(await device.call("pid") as number);
      equal(await device.call("version"), String(version));
    };
    // Of what is still reachable: other files run in the same process, and leave garbage.
    const used = () => {
      collectGarbage();
      const { heapUsed, external } = Deno.memoryUsage();
      return (heapUsed + external) / 1024 ** 2;
    };
    for (let version = 1; version <= 5; version++) await reload(version);
    const before = used();
    for (let version = 6; version <= 20; version++) await reload(version);
    const grown = used() - before;

    ok(grown < 5, `${grown.toFixed(1)} MiB more after fifteen reloads`);
    equal(pids.size, 20);
    equal([...pids].filter(isAlive).length, 1);
    // The device's process, and the inspector.
    const left = processesWith(bench.folder);
    ok(left.length <= 2, `${left.length} processes`);
    equal(watch.events.filter(({ event }) => event === "gap" || event === "stream_error"), []);
    equal(watch.sequences, watch.sequences.map((_, i) => watch.sequences[0] + i));
  },
});
