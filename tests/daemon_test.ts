import { deepStrictEqual as equal, ok, rejects, throws } from "node:assert/strict";
import { type Issue, LabDaemon, type LabError } from "../lib/mod.ts";
import { benchOf, isAlive } from "./support/bench.ts";
import { held } from "./support/scripted_driver.ts";
import { scriptedBench } from "./support/scripted_bench.ts";
import { settled, Watch } from "./support/watch.ts";

Deno.test("a device is added disconnected, found by its id, and told as data", async () => {
  await using bench = await scriptedBench();
  const { daemon, device } = bench;
  equal(daemon.getDevice("daq1"), device);
  equal(daemon.devices(), [device]);
  const { stream: { epoch, sequence, readers }, state_since, ...rest } = device.status();
  equal(Number.isNaN(Date.parse(state_since)), false);
  equal([epoch, sequence, readers], [daemon.epoch, 0, 0]);
  equal(rest, {
    device_id: "daq1",
    device_type: "Scripted",
    state: "disconnected",
    connected: false,
    streaming: false,
    streams: null,
    owned_by: null,
    last_error: null,
    params: { port: "A" },
    options: {},
    permissions: {},
    restarts: 0,
    retry_at: null,
    disabled: false,
    process: null,
  });
});

Deno.test("the daemon's functions take a device or its id", async () => {
  await using bench = await scriptedBench();
  const { daemon, device } = bench;
  await daemon.connectDevice("daq1");
  await daemon.startStreaming(device);
  equal(device.status().streaming, true);
  await daemon.stopStreaming("daq1");
  await daemon.disconnectDevice(device);
  equal(device.state, "disconnected");
  await daemon.removeDevice("daq1");
  equal(daemon.devices(), []);
});

Deno.test("a device that is not there is refused, with those that are", async () => {
  await using bench = await scriptedBench();
  const { daemon } = bench;
  const refusal = { code: "DeviceNotFound", message: 'Cannot find device "daq9": known devices are daq1' };
  throws(() => daemon.getDevice("daq9"), refusal);
  await rejects(daemon.removeDevice("daq9"), refusal);
  await rejects(daemon.connectDevice("daq9"), refusal);
});

Deno.test("addDevice() says what is wrong", async (test) => {
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

Deno.test("the numbers go on when a device is removed and added again", async () => {
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

Deno.test("two removals at the same moment remove one device, and not the one that is added behind them", async () => {
  await using bench = await scriptedBench();
  const { daemon, instrument } = bench;
  await daemon.connectDevice("daq1");
  const closing = held();
  instrument.next("disconnect", closing.step);
  let removed = 0;
  daemon.listen({ removed: () => removed++ });
  const first = daemon.removeDevice("daq1").then(() => daemon.addDevice("daq1", "Scripted"));
  const second = daemon.removeDevice("daq1");
  closing.release(undefined);
  const [device] = await Promise.all([first, second]);
  equal([daemon.getDevice("daq1"), removed], [device, 1]);
});

Deno.test("listeners hear of devices that come and go", async () => {
  await using bench = await scriptedBench();
  const { daemon } = bench;
  const heard: string[] = [];
  const leave = daemon.listen({ added: ({ id }) => heard.push(`+${id}`), removed: ({ id }) => heard.push(`-${id}`) });
  await daemon.addDevice("b", "Scripted");
  await daemon.removeDevice("daq1");
  leave();
  await daemon.removeDevice("b");
  equal(heard, ["+b", "-daq1"]);
});

Deno.test("removing a device ends its streams, in whatever state it is", async () => {
  await using bench = await scriptedBench();
  const { daemon, device } = bench;
  let ended = 0;
  await device.read({ onStop: () => ended++ });
  await daemon.removeDevice(device);
  equal(ended, 1);
});

Deno.test("shutdown() stops everything, leaves no process, and may be called twice", async () => {
  await using bench = await benchOf("counter.ts", "deaf.ts");
  const { daemon } = bench;
  const limits = { connectMs: 10_000, callMs: 1_000, stopMs: 50 };
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

Deno.test("await using shuts down", async () => {
  await using outer = await scriptedBench();
  {
    await using daemon = new LabDaemon();
    daemon.registerPlugins({ devices: { Scripted: outer.instrument.driver } });
    await daemon.addDevice("a", "Scripted");
    await daemon.connectDevice("a");
    await daemon.startStreaming("a");
  }
  await settled();
  equal(outer.instrument.calls, ["create", "connect", "stream", "streamed", "disconnect"]);
});

Deno.test("when the daemon is killed, its devices' processes notice and end", async () => {
  const script = new URL("./support/doomed_daemon.ts", import.meta.url);
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
  let text = "";
  while (!text.includes("\n")) text += (await lines.read()).value;
  const pids: number[] = JSON.parse(text);
  equal(pids.map(isAlive), [true, true]);
  child.kill("SIGKILL");
  await child.status;
  await lines.cancel();
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 5));
});
