import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { benchOf, isAlive } from "../support/bench.ts";
import { fakeTime } from "../support/time.ts";
import { settled, Watch } from "../support/watch.ts";
import type { LabError } from "../../lib/mod.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };
const ONCE = { ...AT_ONCE, maxRestarts: 0 };

Deno.test("each device has a process of its own, and disconnect() ends it", async () => {
  await using bench = await benchOf("counter.ts");
  const { daemon } = bench;
  const [first, second] = [await daemon.addDevice("a", "Counter"), await daemon.addDevice("b", "Counter")];
  await Promise.all([first.connect(), second.connect()]);
  const [one, other] = [await first.call("pid") as number, await second.call("pid") as number];
  ok(one !== other && one !== Deno.pid);
  equal([isAlive(one), isAlive(other)], [true, true]);
  await first.disconnect();
  equal([isAlive(one), isAlive(other)], [false, true]);
  await first.connect();
  ok(await first.call("pid") !== one);
});

Deno.test("samples, options and method calls pass through the process", async () => {
  await using bench = await benchOf("counter.ts");
  const device = await bench.daemon.addDevice("counter1", "Counter");
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 10_000 });
  while (watch.samples.length < 100) await watch.sample();
  const value = { text: "µ\n", list: [1, null, { deep: true }] };
  equal(await device.call("echo", [value]), value);
  await device.stopStreaming();
  const { length } = watch.samples;
  await device.call("pid");
  equal(watch.samples.length, length);
  equal(watch.sequences, Array.from({ length }, (_, i) => i));
  equal(device.log.sequence, length);
});

Deno.test("a process that is killed is replaced, and the stream and its numbers go on", async () => {
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
  ["rejects", "TypeError", /^The process of "u1" crashed: nobody caught this \(unruly\.ts:\d+\)$/],
  ["throws_later", "TypeError", /^The process of "u1" crashed: nobody caught that \(unruly\.ts:\d+\)$/],
  ["garbage", "ProtocolError", /^The process of "u1" broke the protocol: Cannot read a packet of kind 72/],
];
for (const [how, type, message] of BREAKDOWNS) {
  Deno.test(`a driver that ${how} in a method: the device is told, heals, and another notices nothing`, async () => {
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

Deno.test("wherever a driver breaks, the error says so, and who broke it", async (test) => {
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

Deno.test("an error says in its context which device failed, whatever went wrong there", async (test) => {
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
      // What breaks after the method, or instead of its end, is told of the device.
      const error = refused?.type === type ? refused : (await watch.state("faulted")).error as LabError;
      equal([error.type, error.context.device_id], [type, "u1"]);
      await bench.daemon.removeDevice(device);
    });
  }
});

Deno.test("a driver that loops for ever is found by its silence, and killed", async () => {
  const { setTimeout } = globalThis;
  using time = fakeTime();
  await using bench = await benchOf("unruly.ts");
  const device = await bench.daemon.addDevice("u1", "Unruly", {}, { restart: AT_ONCE });
  using watch = new Watch(device);
  await device.connect();
  const pid = await device.call("pid") as number;
  device.call("misbehave", ["loops"]).catch(() => {});
  // From here on it never answers, however long the daemon's clock is turned: after 2 s it is asked, after 12 s killed.
  await time.tick(12_000);
  while (!device.status().restarts || device.state !== "connected") {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await time.tick(1);
  }
  const { error } = await watch.state("retrying");
  const { type, message, context } = error as LabError;
  equal([type, context.device_id], ["ProcessHangs", "u1"]);
  equal(message, 'The process of "u1" hangs: its event loop is blocked, and it has not answered for 10 s');
  equal(isAlive(pid), false);
});

Deno.test("a driver that loops while it connects or starts is told as broken, not as an absent instrument", async (test) => {
  await using bench = await benchOf("unruly.ts");
  const cases: [where: string, how: string, state: string, type: string, message: RegExp][] = [
    ["connect", "loops", "faulted", "ProcessHangs", /^The process of "u1" hangs: its event loop is blocked.* 0\.5 s$/],
    ["stream", "loops", "faulted", "ProcessHangs", /^The process of "u1" hangs: its event loop is blocked.* 0\.5 s$/],
    ["connect", "never", "retrying", "DeviceTimeout", /^Cannot connect "u1": no answer within 100 ms$/],
  ];
  for (const [where, how, state, type, message] of cases) {
    await test.step(`${how} in ${where}`, async () => {
      const device = await bench.daemon.addDevice("u1", "Unruly", { where, how }, {
        streaming: "always",
        restart: { ...ONCE, initialDelayMs: 60_000, maxDelayMs: 60_000 },
        // Before the first heartbeat, which comes after 2 s.
        limits: { connectMs: 100, stopMs: 100, heartbeatTimeoutMs: 500 },
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

Deno.test("what a driver prints goes to the log and never into the protocol", async () => {
  await using bench = await benchOf("unruly.ts");
  const device = await bench.daemon.addDevice("u1", "Unruly");
  await device.connect();
  await device.call("misbehave", ["prints"]);
  equal(typeof await device.call("pid"), "number");
  equal(device.status().restarts, 0);
});

Deno.test("a device that pushes: what it pushes after its stop is dropped, and a new run begins", async () => {
  await using bench = await benchOf("push_counter.ts");
  const device = await bench.daemon.addDevice("push1", "PushCounter");
  using watch = new Watch(device);
  await device.connect();
  await device.call("push_late");
  await device.startStreaming(undefined, { period: 2 });
  await device.startStreaming(undefined, { period: 1 });
  while (watch.samples.length < 5) await watch.sample();
  await device.stopStreaming();
  const { length } = watch.samples;
  equal(watch.samples, Array.from({ length }, (_, i) => i));
  await device.call("push_late");
  await device.startStreaming();
  while (watch.samples.length < length + 2) await watch.sample();
  equal(watch.samples.slice(length, length + 2), [0, 1]);
  equal(watch.sequences, Array.from(watch.sequences, (_, i) => i));
});

Deno.test("a device that is polled: its reads and its methods never meet halfway", async () => {
  await using bench = await benchOf("poll_counter.ts");
  const device = await bench.daemon.addDevice("poll1", "PollCounter");
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 400 });
  const answers: unknown[] = [];
  while (watch.samples.length < 20) {
    answers.push(...await Promise.all([device.call("query"), device.call("query")]));
  }
  equal(new Set([...watch.samples, ...answers]), new Set([1]));
});

Deno.test("a stream that has no more: all its samples have come when the device is connected again", async () => {
  await using bench = await benchOf("finite.ts");
  const device = await bench.daemon.addDevice("finite1", "Finite");
  using watch = new Watch(device);
  await device.connect();
  for (const count of [3, 5000, 1]) {
    const before = watch.samples.length;
    await device.startStreaming(undefined, { count });
    await watch.state("streaming");
    await watch.state("connected");
    equal(watch.samples.slice(before), Array.from({ length: count }, (_, i) => i));
  }
  equal(device.lastError, undefined);
});

Deno.test("a stream without a single sample is a stream", async () => {
  await using bench = await benchOf("finite.ts");
  const device = await bench.daemon.addDevice("finite1", "Finite");
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming(undefined, { count: 0 });
  await device.startStreaming(undefined, { count: 0 });
  await device.stopStreaming();
  equal([device.state, watch.samples, device.lastError], ["connected", [], undefined]);
});

Deno.test("NaN, undefined, BigInt and their like are samples", async () => {
  await using bench = await benchOf("odd_samples.ts");
  const device = await bench.daemon.addDevice("odd1", "OddSamples", {}, { options: { which: "ordinary" } });
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming();
  while (watch.samples.length < 12) await watch.sample();
  equal(watch.samples, [
    0,
    "",
    false,
    null,
    null,
    [],
    {},
    null,
    null,
    5,
    [0.5, null],
    "1970-01-01T00:00:00.000Z",
  ]);
});

Deno.test("a sample that no JSON can tell ends the run, says why, and is counted as lost", async (test) => {
  await using bench = await benchOf("odd_samples.ts");
  for (const which of ["cycle", "function"]) {
    await test.step(which, async () => {
      const restart = { ...AT_ONCE, initialDelayMs: 60_000, maxDelayMs: 60_000 };
      const device = await bench.daemon.addDevice(which, "OddSamples", {}, { options: { which }, restart });
      using watch = new Watch(device);
      await device.connect();
      await device.startStreaming().catch(() => {});
      const { error } = await watch.state("retrying");
      equal((error as LabError).type, "NotSerializable");
      equal(watch.story, "disconnected connecting connected streaming data gap error retrying");
      equal([watch.samples, device.log.sequence], [["before"], 2]);
    });
  }
});

Deno.test("a result that no JSON can tell is the method's error; an argument that none can is the caller's", async () => {
  await using bench = await benchOf("odd_samples.ts", "counter.ts");
  const odd = await bench.daemon.addDevice("odd1", "OddSamples");
  const counter = await bench.daemon.addDevice("counter1", "Counter");
  await Promise.all([odd.connect(), counter.connect()]);
  await rejects(odd.call("give", ["cycle"]), { type: "NotSerializable" });
  await rejects(odd.call("give", ["function"]), { type: "NotSerializable" });
  await rejects(counter.call("echo", [5n]), {
    code: "InvalidRequest",
    message: /^Cannot call "echo" on "counter1": .*BigInt/,
  });
  equal(await counter.call("echo", [5]), 5);
});

Deno.test("a megabyte goes in and comes out", async () => {
  await using bench = await benchOf("counter.ts");
  const device = await bench.daemon.addDevice("counter1", "Counter");
  await device.connect();
  const text = "0123456789abcdef".repeat(65_536);
  ok(await device.call("echo", [text]) === text);
});
