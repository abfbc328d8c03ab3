import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { isAlive } from "../support/processes.ts";
import { fakeTime } from "../support/time.ts";
import { settled, Watch } from "../support/watch.ts";
import type { LabError } from "../../lib/mod.ts";
import { until } from "../support/until.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };
const ONCE = { ...AT_ONCE, maxRestarts: 0 };

Deno.test("a process that is killed is replaced, and the stream and its numbers continue", async () => {
  await using bench = await benchOf("counter.ts");
  const device = await bench.daemon.addDevice("counter1", "Counter", {}, { restart: AT_ONCE });
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming();
  while (watch.samples.length < 5) await watch.sample();
  const pid = await device.call("pid") as number;
  Deno.kill(pid, "SIGKILL");
  const { error } = await watch.state("retrying");
  const { type, message } = error as LabError;
  equal([type, message], ["ProcessExited", 'The process of "counter1" was ended by SIGKILL']);
  await watch.state("streaming");
  const produced = device.log.sequence;
  while (watch.samples.length < produced + 5) await watch.sample();
  ok(await device.call("pid") !== pid);
  equal(watch.sequences, Array.from(watch.sequences, (_, i) => i));
  match(watch.story, /streaming data error retrying connecting connected streaming data$/);
  equal(device.status().restarts, 1);
});

const BREAKDOWNS: [how: string, type: string, message: RegExp][] = [
  ["exits", "ProcessExited", /^The process of "u1" exited with code 3$/],
  ["rejects", "TypeError", /^The process of "u1" crashed: uncaught rejection \(unruly\.ts:\d+\)$/],
  ["throws_later", "TypeError", /^The process of "u1" crashed: uncaught exception \(unruly\.ts:\d+\)$/],
  ["garbage", "ProtocolError", /^The process of "u1" broke the protocol: Cannot read a packet of kind 72/],
];
for (const [how, type, message] of BREAKDOWNS) {
  Deno.test(`a driver that ${how} in a method: the device gets the error and reconnects, another device is not affected`, async () => {
    await using bench = await benchOf("unruly.ts");
    const device = await bench.daemon.addDevice("u1", "Unruly", {}, { restart: AT_ONCE });
    const other = await bench.daemon.addDevice("u2", "Unruly");
    using watch = new Watch(device);
    using otherWatch = new Watch(other);
    await Promise.all([device.connect(), other.connect()]);
    await Promise.all([device.startStreaming(), other.startStreaming()]);
    await watch.sample();
    device.call("misbehave", [how]).catch(() => {});
    const { error } = await watch.state("retrying");
    equal((error as LabError).type, type);
    match((error as LabError).message, message);
    await watch.state("streaming");
    await watch.sample();
    equal(other.status().restarts, 0);
    equal(otherWatch.story, "disconnected connecting connected streaming data");
  });
}

Deno.test("a driver that crashes and does not exit is killed: the device reconnects, and the daemon can stop", async () => {
  await using bench = await benchOf("unruly.ts");
  const device = await bench.daemon.addDevice("u1", "Unruly", {}, { restart: AT_ONCE });
  using watch = new Watch(device);
  await device.connect();
  const pid = await device.call("pid") as number;
  await device.call("stay");
  device.call("misbehave", ["rejects"]).catch(() => {});
  const { error } = await watch.state("retrying");
  equal((error as LabError).message.replace(/ \(.*/, ""), 'The process of "u1" crashed: uncaught rejection');
  await watch.state("connected");
  ok(!isAlive(pid));
});

Deno.test("a driver that breaks at any place: the error names the failure, and its origin is the device", async (test) => {
  await using bench = await benchOf("unruly.ts");
  const cases: [where: string, how: string, state: string, type: string][] = [
    ["create", "throws", "faulted", "RangeError"],
    ["create", "exits", "faulted", "ProcessExited"],
    ["create", "rejects", "faulted", "TypeError"],
    ["connect", "throws", "retrying", "RangeError"],
    ["connect", "exits", "faulted", "ProcessExited"],
    ["connect", "garbage", "faulted", "ProtocolError"],
    ["stream", "throws", "retrying", "RangeError"],
    ["stream", "exits", "faulted", "ProcessExited"],
    ["stream", "rejects", "faulted", "TypeError"],
  ];
  for (const [where, how, state, type] of cases) {
    await test.step(`${how} in ${where}`, async () => {
      const settings = {
        restart: { ...ONCE, initialDelayMs: 60_000, maxDelayMs: 60_000 },
        streaming: "always",
      } as const;
      const device = await bench.daemon.addDevice("u1", "Unruly", { where, how }, settings);
      using watch = new Watch(device);
      await device.connect().catch(() => {});
      const { error } = await watch.next((event) => event.event === "device_state" && event.error !== undefined);
      equal([device.state, (error as LabError).type, (error as LabError).origin], [state, type, "device"]);
      await bench.daemon.removeDevice(device);
    });
  }
});

Deno.test("a driver that breaks while it disconnects does not keep the device from being disconnected", async (test) => {
  await using bench = await benchOf("unruly.ts");
  for (const how of ["throws", "exits", "rejects", "garbage"]) {
    await test.step(how, async () => {
      const device = await bench.daemon.addDevice(how, "Unruly", { where: "disconnect", how });
      await device.connect();
      const pid = await device.call("pid") as number;
      await device.disconnect();
      equal([device.state, isAlive(pid)], ["disconnected", false]);
    });
  }
});

Deno.test("a method whose driver exits rejects with the reason, and so do the calls behind it", async () => {
  await using bench = await benchOf("unruly.ts");
  const device = await bench.daemon.addDevice("u1", "Unruly", {}, { restart: AT_ONCE });
  await device.connect();
  const calls = await Promise.allSettled([device.call("misbehave", ["exits"]), device.call("pid")]);
  for (const call of calls) equal(call.status === "rejected" && call.reason.type, "ProcessExited");
});

Deno.test("every error has its device's id in its context", async (test) => {
  await using bench = await benchOf("unruly.ts", "odd_samples.ts");
  const HASTY = { callMs: 100, stopMs: 100 };
  const cases: [type: string, driver: string, method: string, input: string, limits?: Partial<typeof HASTY>][] = [
    ["RangeError", "Unruly", "misbehave", "throws"],
    ["ProtocolError", "Unruly", "misbehave", "garbage"],
    ["ProcessExited", "Unruly", "misbehave", "exits"],
    ["DeviceTimeout", "Unruly", "misbehave", "never", HASTY],
    ["MethodHangs", "Unruly", "misbehave", "never", HASTY],
    ["InvalidRequest", "Unruly", "misbehave", "dances"],
    ["NotSerializable", "OddSamples", "give", "cycle"],
  ];
  for (const [type, driver, method, input, limits] of cases) {
    await test.step(type, async () => {
      const device = await bench.daemon.addDevice("u1", driver, {}, { restart: ONCE, limits });
      using watch = new Watch(device);
      await device.connect();
      const refused = await device.call(method, [input]).then(() => undefined, (error: LabError) => error);
      // A failure after the method, or instead of its end, is in the state of the device.
      const error = refused?.type === type ? refused : (await watch.state("faulted")).error as LabError;
      equal([error.type, error.context.device_id], [type, "u1"]);
      await bench.daemon.removeDevice(device);
    });
  }
});

Deno.test("a driver that loops for ever does not answer the heartbeat, and is killed", async () => {
  using time = fakeTime();
  await using bench = await benchOf("unruly.ts");
  const device = await bench.daemon.addDevice("u1", "Unruly", {}, { restart: AT_ONCE });
  using watch = new Watch(device);
  await device.connect();
  const pid = await device.call("pid") as number;
  device.call("misbehave", ["loops"]).catch(() => {});
  // It no longer answers: it is pinged after 2 s, and killed after 12 s.
  await time.tick(12_000);
  await until("it is connected again", async () => {
    await time.tick(1);
    return device.status().restarts > 0 && device.state === "connected";
  });
  const { error } = await watch.state("retrying");
  const { type, message, context } = error as LabError;
  equal([type, context.device_id], ["ProcessHangs", "u1"]);
  equal(message, 'The process of "u1" hangs: its event loop is blocked, and it has not answered for 10 s');
  equal(isAlive(pid), false);
});

Deno.test("a driver that loops while it connects, or blocks while it starts, counts as broken, not as an absent instrument", async (test) => {
  await using bench = await benchOf("unruly.ts");
  const cases: [where: string, how: string, state: string, type: string, message: RegExp][] = [
    ["connect", "loops", "faulted", "ProcessHangs", /^The process of "u1" hangs: its event loop is blocked.* 2 s$/],
    ["stream", "blocks", "faulted", "ProcessHangs", /^The process of "u1" hangs: its event loop is blocked.* 2 s$/],
    ["connect", "never", "retrying", "DeviceTimeout", /^Cannot connect "u1": no answer within 100 ms$/],
  ];
  for (const [where, how, state, type, message] of cases) {
    await test.step(`${how} in ${where}`, async () => {
      const device = await bench.daemon.addDevice("u1", "Unruly", { where, how }, {
        streaming: "always",
        restart: { ...ONCE, initialDelayMs: 60_000, maxDelayMs: 60_000 },
        // Before the first heartbeat, which comes after 2 s.
        limits: { connectMs: 100, stopMs: 100, heartbeatTimeoutMs: 2_000 },
      });
      using watch = new Watch(device);
      await device.connect().catch(() => {});
      const { error } = await watch.next((event) => event.event === "device_state" && event.error !== undefined);
      equal([device.state, (error as LabError).type], [state, type]);
      match((error as LabError).message, message);
      await bench.daemon.removeDevice(device);
    });
  }
});

Deno.test("a stream that ignores its stop has its process killed, and no sample comes afterwards", async () => {
  await using bench = await benchOf("deaf.ts");
  const device = await bench.daemon.addDevice("deaf1", "Deaf", {}, { restart: AT_ONCE });
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming();
  await watch.sample();
  const pid = await device.call("pid") as number;
  await device.stopStreaming(50);
  equal(isAlive(pid), false);
  const { error } = await watch.state("retrying");
  equal((error as LabError).type, "DeviceTimeout");
  match((error as LabError).message, /Cannot stop streaming "deaf1": .* 50 ms after its stop/);
  await watch.state("connected");
  await settled();
  equal([device.state, watch.samples], ["connected", [0]]);
});
