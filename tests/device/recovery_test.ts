import { deepStrictEqual as equal } from "node:assert/strict";
import { fail, held } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { settled, Watch } from "../support/watch.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("a device whose line drops reconnects to its run, and the numbers continue", async () => {
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

Deno.test("a start while the device retries does not change the options of a run that is demanded already", async () => {
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

Deno.test("a start or a stop while the device retries takes effect when it is connected again", async () => {
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

Deno.test("the process after one that died while it streamed continues the numbers of the log", async () => {
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

Deno.test("samples that a process reports as lost become a gap", async () => {
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

Deno.test("a device that fails repeatedly does not disturb another", async () => {
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
