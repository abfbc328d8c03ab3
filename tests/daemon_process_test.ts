import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import type { Issue, LabError } from "../lib/mod.ts";
import { benchOf } from "./support/bench.ts";
import { allEnded, isAlive } from "./support/processes.ts";
import { Watch } from "./support/watch.ts";
import { firstLine } from "./support/until.ts";

Deno.test("addDevice() refuses what does not fit, with the reason", async (test) => {
  await using bench = await benchOf("counter.ts", "nosy.ts", { "broken.ts": "export default {" });
  const { daemon } = bench;
  await daemon.addDevice("c1", "Counter");

  await test.step("an id that is taken", () =>
    rejects(daemon.addDevice("c1", "Counter"), { code: "DeviceExists", message: /"c1": there is one already/ }));

  await test.step("a type that is not there, with what is, and what failed to load", () =>
    rejects(daemon.addDevice("x", "Cuonter"), {
      code: "DeviceTypeNotFound",
      message:
        /^Cannot add device "x": there is no device type "Cuonter"; known types are Counter, Nosy\. Not loaded: broken\.ts: /,
    }));

  await test.step("params that do not fit, each with its path", () =>
    rejects(daemon.addDevice("x", "Nosy", { read: ["/a", 5], nett: [] }), ({ code, message, context }: LabError) => {
      equal(code, "InvalidRequest");
      ok(message.startsWith('Cannot add device "x": '));
      equal((context.issues as Issue[]).map(({ path }) => path), ["read[1]", "nett"]);
      ok(message.includes("nett"));
      return true;
    }));

  await test.step("options that do not fit", () =>
    rejects(daemon.addDevice("x", "Counter", {}, { options: { sample_rate: 0 } }), {
      code: "InvalidRequest",
      message: /^Cannot add device "x": sample_rate: /,
    }));

  await test.step("permissions that are none", () =>
    rejects(daemon.addDevice("x", "Nosy", { read: ["/a,/b"] }), { code: "InvalidRequest" }));

  for (const id of ["", "a/b", "a b", ".hidden", "ä", "x".repeat(65)]) {
    await test.step(`the id ${JSON.stringify(id)}`, () =>
      rejects(daemon.addDevice(id, "Counter"), { code: "InvalidRequest", message: /^Cannot name a device "/ }));
  }
  equal(daemon.devices().map(({ id }) => id), ["c1"]);
});

Deno.test("of two devices that are added under one id at the same moment, one is refused", async () => {
  await using bench = await benchOf("counter.ts");
  const outcomes = await Promise.allSettled([
    bench.daemon.addDevice("c1", "Counter"),
    bench.daemon.addDevice("c1", "Counter"),
  ]);
  equal(outcomes.map(({ status }) => status), ["fulfilled", "rejected"]);
  await rejects(bench.daemon.addDevice("c1", "Counter"), { code: "DeviceExists" });
});

Deno.test("a refused device leaves its id free", async () => {
  await using bench = await benchOf("counter.ts");
  await rejects(bench.daemon.addDevice("c1", "Counter", { wrong: 1 }), { code: "InvalidRequest" });
  await bench.daemon.addDevice("c1", "Counter");
});

Deno.test("the numbers continue when a device is removed and added again", async () => {
  await using bench = await benchOf("counter.ts");
  const { daemon } = bench;
  const collect = async () => {
    const device = await daemon.addDevice("c1", "Counter");
    using watch = new Watch(device);
    await device.connect();
    await device.startStreaming();
    while (watch.samples.length < 3) await watch.sample();
    await daemon.removeDevice(device);
    return watch.sequences;
  };
  const first = await collect();
  const second = await collect();
  equal([first[0], second[0]], [0, first.length]);
  equal([...first, ...second], Array.from({ length: first.length + second.length }, (_, i) => i));
});

Deno.test("shutdown() stops everything, leaves no process, and may be called twice", async () => {
  await using bench = await benchOf("counter.ts", "deaf.ts");
  const { daemon } = bench;
  const limits = { connectMs: 10_000, callMs: 10_000, stopMs: 50 };
  const devices = await Promise.all([
    daemon.addDevice("idle", "Counter"),
    daemon.addDevice("connected", "Counter"),
    daemon.addDevice("streaming", "Counter"),
    daemon.addDevice("deaf", "Deaf", {}, { limits }),
  ]);
  await Promise.all(devices.slice(1).map((device) => device.connect()));
  await Promise.all(devices.slice(2).map((device) => device.startStreaming(() => {})));
  const pids = await Promise.all(devices.slice(1).map((device) => device.call("pid"))) as number[];
  equal(pids.map(isAlive), [true, true, true]);
  await Promise.all([daemon.shutdown(), daemon.shutdown()]);
  equal(pids.map(isAlive), [false, false, false]);
  equal([daemon.devices(), devices.map(({ state }) => state)], [[], Array(4).fill("disconnected")]);
});

Deno.test("shutdown() while a device connects leaves no process either", async () => {
  await using bench = await benchOf("counter.ts");
  const device = await bench.daemon.addDevice("c1", "Counter");
  const refused = rejects(device.connect(), { code: "DeviceNotConnected" });
  await bench.daemon.shutdown();
  await refused;
  equal(device.state, "disconnected");
});

Deno.test("when the daemon is killed, its devices' processes notice and end", async () => {
  const script = new URL("./support/killed_daemon.ts", import.meta.url);
  const drivers = new URL("./support/drivers/", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      `--config=${new URL("../deno.json", import.meta.url).pathname}`,
      script.href,
      drivers.href,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const pids: number[] = JSON.parse(await firstLine(lines));
  equal(pids.map(isAlive), [true, true]);
  child.kill("SIGKILL");
  await child.status;
  await lines.cancel();
  await allEnded(pids);
});
