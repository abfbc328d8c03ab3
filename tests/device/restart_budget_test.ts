import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { fail, hang, held } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { fakeTime } from "../support/time.ts";
import { settled, Watch } from "../support/watch.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("the pauses between tries grow with full jitter, and never beyond their bound", async () => {
  const random = Math.random;
  Math.random = () => 0.999;
  try {
    using time = fakeTime();
    await using bench = await scriptedBench({
      restart: { maxRestarts: 0, windowMs: 60_000, initialDelayMs: 100, maxDelayMs: 1000 },
    });
    const { device, instrument, watch } = bench;
    instrument.next("connect", ...Array(20).fill(fail("no cable")));
    await device.connect().catch(() => {});
    await time.tick(8000);
    const pauses = watch.events.map(({ retry_in }) => retry_in).filter((it) => it !== undefined);
    equal(pauses.slice(0, 6), [0.1, 0.2, 0.4, 0.799, 0.999, 0.999]);
    equal(instrument.count("connect"), 11);
    equal(device.state, "retrying");
    await device.disconnect();
  } finally {
    Math.random = random;
  }
});

Deno.test("the pauses grow too for an instrument that takes long to refuse", async () => {
  const random = Math.random;
  Math.random = () => 0.999;
  try {
    using time = fakeTime();
    await using bench = await scriptedBench({ limits: { connectMs: 20_000, callMs: 1000, stopMs: 1000 } });
    const { device, instrument, watch } = bench;
    instrument.next("connect", hang, hang, hang);
    const failed = rejects(device.connect(), { code: "DeviceTimeout", message: /Cannot connect "daq1".*20000 ms/ });
    await time.tick(20_000);
    await failed;
    await time.tick(45_000);
    equal(watch.events.map(({ retry_in }) => retry_in).filter((it) => it !== undefined), [0.5, 0.999, 1.998]);
    await device.disconnect();
  } finally {
    Math.random = random;
  }
});

Deno.test("an absent instrument never uses up the restart budget", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({
    restart: { maxRestarts: 0, windowMs: 1e9, initialDelayMs: 1, maxDelayMs: 10 },
  });
  const { device, instrument } = bench;
  instrument.next("connect", ...Array(50).fill(fail("no cable")));
  await device.connect().catch(() => {});
  await time.tick(2_000);
  equal([device.state, device.status().restarts], ["connected", 50]);
});

Deno.test("a driver that has no memory left is faulted, also if its engine noticed first", async () => {
  using _time = fakeTime();
  await using bench = await scriptedBench({ restart: { ...AT_ONCE, maxRestarts: 0 } });
  const { device, instrument } = bench;
  const refuses = () => {
    throw new RangeError("Array buffer allocation failed");
  };
  instrument.next("connect", refuses);
  await rejects(device.connect(), { type: "OutOfMemory" });
  equal(device.state, "faulted");
});

Deno.test("a driver that fails too often is faulted, reports why, and gets a new restart budget from connect()", async () => {
  await using script = scriptedDevice({ restart: { ...AT_ONCE, maxRestarts: 2 } });
  const { device } = script;
  using watch = new Watch(device);
  await device.connect();
  for (let deaths = 0; deaths < 3; deaths++) {
    await watch.state("connected");
    script.host.die();
  }
  const { error, retry_in } = await watch.state("faulted");
  equal([(error as { type: string }).type, retry_in], ["ProcessExited", undefined]);
  await settled();
  await rejects(device.call("work"), {
    code: "DeviceFaulted",
    message: /^Cannot call "work" on "daq1": it is faulted/,
  });
  await rejects(device.startStreaming(), {
    code: "DeviceFaulted",
    message: /faulted \(The process exited with code 3\); connect it to try again/,
  });
  equal(device.status().restarts, 2);

  await device.connect();
  equal(device.state, "connected");
  script.host.die();
  await watch.state("retrying");
  await watch.state("connected");
});

Deno.test("connect() right after a device became faulted connects it, once its old process is closed", async () => {
  await using script = scriptedDevice({ restart: { ...AT_ONCE, maxRestarts: 0 } });
  const { device, answers } = script;
  using watch = new Watch(device);
  answers.create = () => {
    throw new Error("broken");
  };
  const closing = held();
  answers.disconnect = closing.step;
  await rejects(device.connect(), { message: "broken" });
  equal(device.state, "faulted");
  delete answers.create;
  const connecting = device.connect();
  closing.release(null);
  await connecting;
  equal(watch.states, ["disconnected", "connecting", "faulted", "connecting", "connected"]);
});

Deno.test("a faulted device can be disconnected", async () => {
  await using script = scriptedDevice({ restart: { ...AT_ONCE, maxRestarts: 0 } });
  const { device, starts } = script;
  starts.push(() => Promise.reject(new Error("it does not start")));
  await rejects(device.connect(), { message: "it does not start" });
  equal(device.state, "faulted");
  await device.disconnect();
  equal(device.state, "disconnected");
});

Deno.test("startStreaming() rejects if its start makes the device faulted", async () => {
  await using script = scriptedDevice({ restart: { ...AT_ONCE, maxRestarts: 0 } });
  const { device, answers } = script;
  await device.connect();
  answers.start = () => script.host.die();
  await rejects(device.startStreaming(), { message: "The process exited with code 3" });
  equal(device.state, "faulted");
});

Deno.test("only failures within the window count", async () => {
  using time = fakeTime();
  await using script = scriptedDevice({ restart: { ...AT_ONCE, maxRestarts: 1, windowMs: 1000 } });
  const { device } = script;
  await device.connect();
  for (let deaths = 0; deaths < 5; deaths++) {
    script.host.die();
    await time.tick(1001);
    equal(device.state, "connected");
  }
  script.host.die();
  await time.tick(10);
  script.host.die();
  await time.tick(10);
  equal(device.state, "faulted");
});
