import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";
import { fail, hang, held } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { fakeTime } from "../support/time.ts";
import { settled, Watch } from "../support/watch.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("connect() rejects with the driver's error, and the device goes on trying until it works", async () => {
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  instrument.next("connect", fail("no cable", "NoCable"), fail("no cable", "NoCable"));
  await rejects(device.connect(), { type: "NoCable", origin: "device", message: "no cable" });
  const { error, retry_in } = await watch.state("retrying");
  equal((error as { type: string }).type, "NoCable");
  equal(retry_in, 0);
  await watch.state("connected");
  equal(watch.story, "disconnected connecting error retrying connecting error retrying connecting connected");
  equal(device.status().restarts, 2);
  equal(instrument.calls, "create connect disconnect ".repeat(2).concat("create connect").split(" "));
});

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

Deno.test("an instrument that takes long to refuse is not taken for one that worked: its pauses grow too", async () => {
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

Deno.test("when the line drops, the device heals to the run that was wanted, and the numbers go on", async () => {
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  await device.connect();
  const got: unknown[] = [];
  await device.startStreaming((data, { sequence }) => got.push([data, sequence]), { sample_rate: 5, channel: "y" });
  instrument.push("a", "b");
  instrument.drop("the line is down");
  instrument.push("c");
  while (watch.samples.length < 3) await watch.sample();
  await settled();
  equal(got, [["a", 0], ["b", 1], ["c", 2]]);
  equal(instrument.runs, [{ sample_rate: 5, channel: "y" }, { sample_rate: 5, channel: "y" }]);
  equal(
    watch.story,
    "disconnected connecting connected streaming data error retrying connecting connected streaming data",
  );
  equal(device.lastError?.message, "the line is down");
});

Deno.test("a start while the device retries does not change the run that is wanted already", async () => {
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 5 });
  const cable = held();
  instrument.next("connect", cable.step);
  instrument.drop("the line is down");
  await watch.state("retrying");
  await device.startStreaming(undefined, { sample_rate: 50 });
  cable.release(undefined);
  await watch.state("streaming");
  equal(instrument.runs.map(({ sample_rate }) => sample_rate), [5, 5]);
});

Deno.test("a start while the device retries is kept for when it works again, and so is a stop", async () => {
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  const cable = held();
  instrument.next("connect", fail("no cable"), cable.step);
  await device.connect().catch(() => {});
  await device.startStreaming(undefined, { sample_rate: 5 });
  cable.release(undefined);
  await watch.state("streaming");
  equal(instrument.runs.map(({ sample_rate }) => sample_rate), [5]);

  const again = held();
  instrument.next("connect", again.step);
  instrument.drop("the line is down");
  await watch.state("retrying");
  await device.stopStreaming();
  again.release(undefined);
  await watch.state("connected");
  await settled();
  equal([device.state, instrument.runs.length], ["connected", 1]);
});

Deno.test("disconnect() while the device retries ends the trying", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  instrument.next("connect", fail("no cable"));
  await device.connect().catch(() => {});
  equal(device.state, "retrying");
  await device.disconnect();
  await time.tick(60_000);
  equal([device.state, device.status().restarts, instrument.count("connect")], ["disconnected", 0, 1]);
});

Deno.test("connect() while the device retries tries at once, and tells how that turned out", async () => {
  using _time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  instrument.next("connect", fail("no cable"), fail("still no cable"));
  await rejects(device.connect(), { message: "no cable" });
  await rejects(device.connect(), { message: "still no cable" });
  await device.connect();
  equal([device.state, instrument.count("connect")], ["connected", 3]);
});

Deno.test("connect() twice while the first try is under way does not spoil the pause after it", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ restart: { ...AT_ONCE, initialDelayMs: 60_000, maxDelayMs: 60_000 } });
  const { device, instrument } = bench;
  const cable = held();
  instrument.next("connect", cable.step);
  const both = Promise.allSettled([device.connect(), device.connect()]);
  await time.tick(0);
  cable.fail(new Error("no cable"));
  equal((await both).map(({ status }) => status), ["rejected", "rejected"]);
  await time.tick(0);
  equal([device.state, instrument.count("connect")], ["retrying", 1]);
});

Deno.test("disconnect() while connecting makes connect() reject, and leaves nothing open", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  instrument.next("connect", hang);
  const refused = rejects(device.connect(), { code: "DeviceNotConnected" });
  await settled();
  await device.disconnect();
  await refused;
  equal([device.state, instrument.calls], ["disconnected", ["create", "connect", "disconnect"]]);
});

Deno.test("the last of connect and disconnect wins, whatever is still under way", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  const closing = held();
  instrument.next("disconnect", closing.step);
  await device.connect();
  const outcomes = Promise.allSettled([device.disconnect(), device.connect(), device.disconnect()]);
  await settled();
  closing.release(undefined);
  equal((await outcomes).map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  await settled();
  equal([device.state, instrument.count("connect")], ["disconnected", 1]);

  await Promise.all(
    [device.connect(), device.disconnect().then(() => {}), device.connect()].map((it) => it.catch(() => {})),
  );
  equal(device.state, "connected");
});

Deno.test("an absent instrument never uses up the budget", async () => {
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

Deno.test("a driver that has no memory left is faulted, though it is its engine that noticed", async () => {
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

Deno.test("a driver that breaks too often is faulted, says so, and begins anew when connected", async () => {
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

Deno.test("connect() right when a device becomes faulted begins anew, though the old process is still being closed", async () => {
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

Deno.test("startStreaming() tells that its start has made the device faulted", async () => {
  await using script = scriptedDevice({ restart: { ...AT_ONCE, maxRestarts: 0 } });
  const { device, answers } = script;
  await device.connect();
  answers.start = () => script.host.die();
  await rejects(device.startStreaming(), { message: "The process exited with code 3" });
  equal(device.state, "faulted");
});

Deno.test("only breakdowns within the window count", async () => {
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

Deno.test("a process that dies while it streams: the new one goes on with the numbers where the log ends", async () => {
  await using script = scriptedDevice({ restart: AT_ONCE });
  const { device } = script;
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 5 });
  script.host.send([0, 1, 2]);
  script.host.die();
  await watch.state("retrying");
  await watch.state("streaming");
  equal(script.host.inputs.create?.next_sequence, 3);
  equal(script.host.inputs.start?.options, { sample_rate: 5 });
  script.host.send([3]);
  equal(watch.sequences, [0, 1, 2, 3]);
  equal(script.hosts[0].asked, ["create", "connect", "start", "kill"]);
});

Deno.test("samples that a process says it has lost become a gap", async () => {
  await using script = scriptedDevice();
  const { device } = script;
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming();
  script.host.send(["a"]);
  script.host.events.lost(4);
  script.host.send(["b"], 6);
  const gaps = watch.events.filter(({ event }) => event === "gap");
  equal(gaps.map(({ from, to, lost, reason }) => [from, to, lost, reason]), [[1, 3, 3, "source"], [4, 5, 2, "source"]]);
});

Deno.test("a process that does not stop in time is killed, and stopStreaming() waits for that", async () => {
  using time = fakeTime();
  await using script = scriptedDevice({ restart: AT_ONCE });
  const { device, answers } = script;
  await device.connect();
  await device.startStreaming();
  answers.stop = () => new Promise((_, reject) => setTimeout(reject, 300, new LabError("DeviceTimeout", "still runs")));
  let stopped = false;
  const stopping = device.stopStreaming(300).then(() => stopped = true);
  await time.tick(299);
  equal(stopped, false);
  await time.tick(1);
  await stopping;
  equal(script.hosts[0].asked, ["create", "connect", "start", "stop", "kill"]);
  await time.tick(10);
  equal([device.state, script.hosts.length], ["connected", 2]);
});

Deno.test("in this process a stream that ignores its stop cannot be ended: it is left behind, unheard", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  await device.connect();
  const deaf = held();
  instrument.next("stream", deaf.step);
  await device.startStreaming();
  const stopping = device.stopStreaming(100);
  await time.tick(100);
  await stopping;
  await time.tick(10);
  equal([device.state, device.lastError?.code, instrument.count("create")], ["connected", "DeviceTimeout", 2]);
  await device.startStreaming();
  deaf.release(undefined);
  instrument.push("a");
  await time.tick(10);
  equal(watch.samples, ["a"]);
});

Deno.test("a stop does not wait for a start that takes long", async () => {
  await using script = scriptedDevice();
  const { device, answers } = script;
  await device.connect();
  const start = held();
  answers.start = start.step;
  const starting = device.startStreaming();
  await settled();
  await device.stopStreaming();
  equal([device.state, script.host.asked], ["connected", ["create", "connect", "start", "stop"]]);
  await starting;
  start.release(null);
  await settled();
  equal(device.state, "connected");
});

Deno.test("an instrument whose disconnect fails or hangs is left behind all the same", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("disconnect", fail("it does not answer"), () => new Promise(() => {}));
  await device.disconnect();
  await device.connect();
  const over = device.disconnect();
  await time.tick(6_000);
  await over;
  equal(device.state, "disconnected");
});

Deno.test("a device that fails again and again does not disturb another", async () => {
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { daemon, device, instrument, watch } = bench;
  instrument.next("connect", ...Array(10).fill(fail("no cable")));
  await device.connect().catch(() => {});
  class Counter {
    #n = 0;
    read = () => this.#n++;
  }
  daemon.registerPlugins({ devices: { Counter } });
  const counter = await daemon.addDevice("counter1", "Counter", {});
  using other = new Watch(counter);
  await counter.connect();
  await counter.startStreaming(undefined, { sample_rate: 1000 });
  await watch.state("connected");
  while (other.samples.length < 10) await other.sample();
  equal(other.samples.slice(0, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  equal(other.story, "disconnected connecting connected streaming data");
});

Deno.test("the last word of a removed device is that it was removed; of a daemon that ends it is not", async () => {
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

Deno.test("a removed device cannot be connected again, not even by who asked while it was being removed", async () => {
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
