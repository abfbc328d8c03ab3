import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { BenchReader, type ReadableBench, type StartPlace } from "../../lib/device/bench_reader.ts";
import type { Device } from "../../lib/device/device.ts";
import { decodeFrames, Numbering } from "../../lib/stream/mod.ts";
import { type ScriptedBench, scriptedBench } from "../support/scripted_bench.ts";
import { makeLog, parse, samples, state, type WireEvent } from "../stream/wire.ts";
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

/** A bench of logs, to which devices are added and from which they are removed. */
function logBench(maxBytes: number) {
  const numbering = new Numbering("e1");
  const devices = new Map<string, Device>();
  const produced = new Map<string, number>();
  const listeners = new Set<{ added(device: Device): void; removed(device: Device): void }>();
  const bench: ReadableBench = {
    numbering,
    devices: () => [...devices.values()],
    getDevice: (id) => devices.get(id)!,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    ...bench,
    produced,
    append: (id: string, count: number) => {
      const log = devices.get(id)?.log;
      if (!log) return;
      log.append(samples(log.sequence, count, id));
      produced.set(id, log.sequence);
    },
    add: (id: string) => {
      if (devices.has(id)) return;
      const log = makeLog({ deviceId: id, maxBytes, sequence: numbering.add(id) });
      log.notifyState(state("connected", id));
      const device = { id, log, read: () => Promise.resolve(() => {}) } as unknown as Device;
      devices.set(id, device);
      for (const { added } of listeners) added(device);
    },
    remove: (id: string) => {
      const device = devices.get(id);
      if (!device) return;
      device.log.notifyState(state("removed", id));
      devices.delete(id);
      numbering.remove(id, device.log.sequence);
      for (const { removed } of listeners) removed(device);
    },
  };
}

/** The rule of exactness: what each event of a device begins with, and the number after it. */
function account(events: WireEvent[], next: Map<string, number>) {
  for (const { data: { event, device_id: id, sequence, from, to } } of events) {
    if (event !== "device_data" && event !== "gap") continue;
    equal([id, event === "gap" ? from : sequence], [id, next.get(id) ?? 0]);
    next.set(id, Number(event === "gap" ? to : sequence) + 1);
  }
}

Deno.test("a reader of all devices gets or misses each sample once, whatever comes, goes and comes back", () => {
  const device = fc.constantFrom("daq1", "host1", "laser.2", "a-device-with-a-name-of-many-characters");
  const step = fc.record({
    what: fc.constantFrom(
      "append",
      "append",
      "append",
      "take",
      "take",
      "add",
      "add",
      "remove",
      "break",
      "away",
      "back",
    ),
    device,
    count: fc.integer({ min: 1, max: 6 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 300, max: 5_000 }),
      fc.boolean(),
      fc.array(step, { maxLength: 100 }),
      (maxBytes, hasMany, steps) => {
        const bench = logBench(maxBytes);
        // Many others make the ids compact.
        for (let i = 0; hasMany && i < 60; i++) bench.add(`other${i}`);
        bench.add("daq1");
        const next = new Map<string, number>();
        let since: string | undefined;
        let reader: BenchReader | undefined;
        let leave = () => {};
        const open = () => {
          reader ??= new BenchReader(bench, ["*"], { since });
          leave = reader.subscribe(() => {});
        };
        const take = (events: WireEvent[]) => {
          account(events, next);
          since = events.at(-1)?.id ?? since;
          if (since) ok(since.length < 1_100 + 70, since);
        };
        const close = (count: number) => {
          if (!reader) return;
          // Of the chunk that was under way, only the first events have arrived.
          take(parse(reader.take() ?? new Uint8Array()).slice(0, count));
          leave();
          reader = undefined;
        };
        open();
        take(parse(reader!.take()!));
        for (const { what, device, count } of steps) {
          if (what === "append") bench.append(device, count);
          if (what === "add") bench.add(device);
          if (what === "remove") bench.remove(device);
          if (what === "take" && reader) take(parse(reader.take() ?? new Uint8Array()));
          if (what === "break" || what === "away") close(count);
          if ((what === "break" || what === "back") && !reader) open();
        }
        if (!reader) open();
        for (let bytes = reader!.take(); bytes; bytes = reader!.take()) take(parse(bytes));
        leave();
        for (const [id, sequence] of bench.produced) equal([id, next.get(id)], [id, sequence]);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("ids of all devices do not grow with removed devices", () => {
  const bench = logBench(5_000);
  bench.add("daq1");
  const reader = new BenchReader(bench, ["*"]);
  const leave = reader.subscribe(() => {});
  for (let i = 0; i < 1_000; i++) {
    bench.add(`passing-${i}`);
    bench.append(`passing-${i}`, 1);
    bench.remove(`passing-${i}`);
    for (let bytes = reader.take(); bytes; bytes = reader.take());
  }
  bench.append("daq1", 1);
  const [last] = parse(reader.take()!);
  equal(last.id, "e1;+rt;daq1:0");
  leave();
});
