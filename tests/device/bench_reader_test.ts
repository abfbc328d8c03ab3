import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { BenchReader, type StartPlace } from "../../lib/device/bench_reader.ts";
import { decodeFrames } from "../../lib/stream/mod.ts";
import { type ScriptedBench, scriptedBench } from "../support/scripted_bench.ts";
import { settled } from "../support/watch.ts";

/** A reader of devices, the events that it has, and its end. */
function read({ daemon }: ScriptedBench, ids: string[], start?: StartPlace) {
  const reader = new BenchReader(daemon, ids, start);
  const events: string[] = [];
  const take = () => {
    for (let bytes = reader.take(); bytes; bytes = reader.take()) {
      events.push(...decodeFrames(bytes).map(({ event, device_id }) => `${device_id} ${event}`));
    }
  };
  const unsubscribe = reader.subscribe(take);
  take();
  return { events, [Symbol.dispose]: unsubscribe };
}

const readersOf = ({ daemon }: ScriptedBench) => daemon.devices().map((it) => it.status().stream.readers);

Deno.test("BenchReader is a reader of each device from subscribe to unsubscribe", async () => {
  await using bench = await scriptedBench();
  await bench.daemon.addDevice("daq2", "Scripted");
  new BenchReader(bench.daemon, ["*"]);
  await settled();
  equal(readersOf(bench), [0, 0]);
  {
    using reader = read(bench, ["daq2", "daq2"]);
    await settled();
    equal([readersOf(bench), reader.events], [[0, 1], ["daq2 device_state"]]);
  }
  await settled();
  equal(readersOf(bench), [0, 0]);
});

Deno.test("BenchReader reads a device that is added later, if its id or * was requested", async () => {
  await using bench = await scriptedBench();
  await bench.daemon.addDevice("daq2", "Scripted");
  using all = read(bench, ["*"]);
  using one = read(bench, ["daq1", "daq2"]);
  await bench.daemon.removeDevice("daq2");
  await bench.daemon.addDevice("daq3", "Scripted");
  await bench.daemon.addDevice("daq2", "Scripted");
  await settled();
  equal(readersOf(bench), [2, 1, 2]);
  const states = ["daq1 device_state", "daq2 device_state", "daq2 device_state"];
  equal(all.events, [...states, "daq3 device_state", "daq2 device_state"]);
  equal(one.events, [...states, "daq2 device_state"]);
});

Deno.test("BenchReader refuses unknown devices and ids that it cannot read; a reader that reconnects gets a gap", async () => {
  await using bench = await scriptedBench();
  throws(() => new BenchReader(bench.daemon, ["daq9"]), { code: "DeviceNotFound" });
  throws(() => new BenchReader(bench.daemon, ["*"], { since: "k3f9;daq1" }), { code: "InvalidRequest" });
  using reader = read(bench, ["*"], { since: "k3f9;daq1", reconnects: true });
  equal(reader.events, ["daq1 device_state", "daq1 gap", "daq1 device_state"]);
});
