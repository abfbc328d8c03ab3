import assert from "node:assert/strict";
import fc from "fast-check";
import { LabError } from "../../lib/errors.ts";
import {
  MergedReader,
  Numbering,
  parsePositions,
  Places,
  type Positions,
  type StreamLog,
  ThinnedReader,
} from "../../lib/stream/mod.ts";
import { fakeTime } from "../support/time.ts";
import { drain, HEAD, makeLog, parse, samples, state, type WireEvent } from "./wire.ts";

const { epoch } = HEAD;
const NUMBERING = new Numbering(epoch);
const IDS = ["daq1", "host1", "laser.2"];

/** Logs of some devices, each in the state "streaming", and one reader of all. */
function bench(ids: string[] = IDS, ring: Parameters<typeof makeLog>[0] = {}) {
  const logs = Object.fromEntries(ids.map((deviceId) => [deviceId, makeLog({ deviceId, ...ring })]));
  for (const log of Object.values(logs)) log.notifyState(state("streaming", log.deviceId));
  const merged = merge(logs);
  return { logs, merged, [Symbol.dispose]: () => leave(merged) };
}

function leave(merged: MergedReader): void {
  merged.subscribe(() => {})();
}

function merge(logs: Record<string, StreamLog>, positions?: Positions): MergedReader {
  const merged = new MergedReader(new Numbering(epoch));
  for (const [id, log] of Object.entries(logs)) {
    const place = positions && `${positions.epoch}-${positions.sequences.get(id) ?? -1}`;
    merged.add(id, log.cursor(place));
  }
  return merged;
}

const append = (log: StreamLog, count: number) => log.append(samples(log.sequence, count, log.deviceId));

/** In short: `daq1:4` for a sample, `daq1 streaming` for a state, `daq1 expired 0-4` for a gap. */
const brief = (events: WireEvent[]) =>
  events.map(({ data }) => {
    if (data.event === "device_data") return `${data.device_id}:${data.sequence}`;
    if (data.event === "gap") return `${data.device_id} ${data.reason} ${data.from}-${data.to}`;
    return `${data.device_id} ${data.state}`;
  });

const places = (id: string | undefined) => Object.fromEntries(parsePositions(id!, NUMBERING).sequences);

Deno.test("an id of several places reads back as it was written, also one of 500 devices", () => {
  const deviceId = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$/);
  const sequence = fc.oneof(fc.constant(-1), fc.nat(), fc.nat(999_999_999_999_999));
  const few = fc.array(fc.tuple(deviceId, sequence), { minLength: 1 });
  const many = fc.array(sequence, { minLength: 100, maxLength: 500 }).map((sequences) =>
    sequences.map((sequence, i): [string, number] => [`device-${i}`, sequence])
  );
  const gone = fc.array(fc.nat(500), { maxLength: 50 });
  fc.assert(fc.property(fc.stringMatching(/^[a-z0-9]+$/), fc.oneof(few, many), gone, (epoch, entries, gone) => {
    const numbering = new Numbering(epoch);
    const places = new Places(numbering);
    const sequences = new Map(entries);
    for (const id of sequences.keys()) numbering.add(id);
    for (const [id, sequence] of sequences) places.set(id, sequence);
    const ids = [...sequences.keys()];
    for (const id of new Set(gone.map((i) => ids[i % ids.length])).values()) {
      if (sequences.size === 1) break;
      numbering.remove(id, sequences.get(id)! + 1);
      places.delete(id);
      sequences.delete(id);
    }
    const [last, sequence] = [...sequences].at(-1)!;
    const id = places.idsOf(last)(sequence);
    const { additions, ...found } = parsePositions(id, numbering);
    assert.deepEqual(found, { epoch, sequences });
    assert.equal(additions, numbering.hasRemovals ? entries.length && numbering.additions : undefined);
    assert.ok(id.endsWith(`;${last}:${sequence}`));
    assert.ok(id.length <= 1_200 + 14 * sequences.size);
  }));
});

Deno.test("an id of 500 devices has 3 kB; of another epoch only its epoch is read", () => {
  const numbering = new Numbering("k3f9");
  const places = new Places(numbering);
  for (let i = 0; i < 500; i++) {
    numbering.add(`spectrometer-${i}`);
    places.set(`spectrometer-${i}`, 1_000_000 + i);
  }
  const id = places.idsOf("spectrometer-7")(5);
  assert.ok(id.length < 3_000, `${id.length}`);
  assert.match(id, /^k3f9;~0\.lflt\.lflu\..*;spectrometer-7:5$/);
  assert.deepEqual(parsePositions(id, numbering).sequences.get("spectrometer-499"), 1_000_499);
  assert.equal(parsePositions(id, numbering).sequences.get("spectrometer-7"), 5);
  assert.deepEqual([...parsePositions(id, new Numbering("k4aa")).sequences], [["spectrometer-7", 5]]);
});

for (
  const id of [
    "e1;daq1",
    "e1;daq1:",
    "e1;:5",
    "e1;daq1:x",
    "e1;daq1:-2",
    "e1;daq1:5;",
    "e1;daq1:1234567890123456",
    "e1;~1",
    "e1;~.1",
    "e1;~1.A",
    "e1;+",
    "e1;+-1",
  ]
) {
  Deno.test(`the id ${JSON.stringify(id)} of several places is refused`, () => {
    assert.throws(() => parsePositions(id, NUMBERING), (error: unknown) => {
      assert.ok(error instanceof LabError);
      assert.equal(error.code, "InvalidRequest");
      assert.equal(
        error.message,
        `Cannot resume behind ${JSON.stringify(id)}: an id of several devices has the form k3f9;daq1:42;host1:7`,
      );
      return true;
    });
  });
}

Deno.test("every device's state comes first, then each device's samples in order", () => {
  using all = bench();
  const { logs, merged } = all;
  append(logs.daq1, 2);
  append(logs.host1, 1);
  append(logs.daq1, 1);
  const events = brief(drain(merged));
  assert.deepEqual(events.slice(0, 3), ["daq1 streaming", "host1 streaming", "laser.2 streaming"]);
  assert.deepEqual(events.filter((event) => event.startsWith("daq1:")), ["daq1:0", "daq1:1", "daq1:2"]);
  assert.equal(events.length, 7);
});

Deno.test("every event's id is the place in all devices' streams", () => {
  using all = bench();
  const { logs, merged } = all;
  append(logs.daq1, 2);
  append(logs.host1, 1);
  const seen: Record<string, number> = { daq1: -1, host1: -1, "laser.2": -1 };
  for (const { id, data } of drain(merged)) {
    if (data.sequence !== undefined) seen[data.device_id] = data.sequence;
    assert.deepEqual(places(id), seen);
    assert.equal(parsePositions(id!, NUMBERING).epoch, "e1");
  }
  assert.deepEqual(seen, { daq1: 1, host1: 0, "laser.2": -1 });
});

Deno.test("a fast device does not keep the others waiting", () => {
  using all = bench();
  const { logs, merged } = all;
  drain(merged);
  for (let i = 0; i < 1_000; i++) append(logs.daq1, 1);
  append(logs["laser.2"], 1);
  const first = Array.from({ length: 3 }, () => merged.take()!);
  assert.ok(brief(parse(...first)).includes("laser.2:0"));
});

Deno.test("a reader is woken by any of the devices, until it leaves", () => {
  using _time = fakeTime();
  using all = bench();
  const { logs, merged } = all;
  let woken = 0;
  const unsubscribe = merged.subscribe(() => woken++);
  append(logs.daq1, 1);
  append(logs.host1, 1);
  assert.equal(woken, 2);
  unsubscribe();
  append(logs.daq1, 1);
  assert.equal(woken, 2);
  assert.equal(merged.take(), undefined);
});

Deno.test("a device that is added later wakes the reader, and its state comes first", () => {
  using all = bench();
  const { logs, merged } = all;
  drain(merged);
  let woken = 0;
  merged.subscribe(() => woken++);
  const log = makeLog({ deviceId: "new1" });
  log.notifyState(state("connected", "new1"));
  merged.add("new1", log.cursor());
  assert.equal(woken, 1);
  const [event] = drain(merged);
  assert.deepEqual(brief([event]), ["new1 connected"]);
  assert.deepEqual(places(event.id), { daq1: -1, host1: -1, "laser.2": -1, new1: -1 });
  append(logs.daq1, 1);
  assert.deepEqual(brief(drain(merged)), ["daq1:0"]);
});

Deno.test("an added device is read, whatever device was read last", () => {
  for (const last of IDS) {
    using _time = fakeTime();
    using all = bench();
    const { logs, merged } = all;
    drain(merged);
    append(logs[last], 1);
    drain(merged);
    const log = makeLog({ deviceId: "new1" });
    log.notifyState(state("connected", "new1"));
    merged.add("new1", log.cursor());
    assert.deepEqual(brief(drain(merged)), ["new1 connected"], `behind ${last}`);
  }
});

Deno.test("a removed device is read to its end and then yields nothing; the others continue", () => {
  for (const taken of [0, 1, 2, 3, 4, 5]) {
    using _time = fakeTime();
    using all = bench();
    const { logs, merged } = all;
    for (const id of IDS) for (let i = 0; i < 5; i++) append(logs[id], 1);
    const before = Array.from({ length: taken }, () => merged.take()).filter((it) => it !== undefined);
    let woken = 0;
    merged.subscribe(() => woken++);

    merged.remove("host1");
    merged.remove("host1");

    assert.ok(woken > 0);
    const got = brief([...parse(...before), ...drain(merged)]);
    for (const id of IDS) for (let i = 0; i < 5; i++) assert.ok(got.includes(`${id}:${i}`), `${id}:${i}`);
    woken = 0;
    append(logs.host1, 1);
    assert.equal(woken, 0);
    append(logs.daq1, 1);
    const events = drain(merged);
    assert.deepEqual(brief(events), ["daq1:5"]);
    assert.equal(places(events[0].id).host1, undefined);
  }
});

Deno.test("a removed device's unread entries are all read; the last one has the reason removed", () => {
  for (const thin of [false, true]) {
    using _time = fakeTime();
    const [daq1, host1] = ["daq1", "host1"].map((deviceId) => makeLog({ deviceId }));
    const merged = new MergedReader(new Numbering(epoch));
    merged.add("daq1", daq1.cursor());
    merged.add("host1", thin ? new ThinnedReader(host1.cursor(), 1) : host1.cursor());
    let woken = 0;
    merged.subscribe(() => woken++);
    append(host1, 5);
    append(daq1, 2);
    host1.notifyState(state("removed", "host1"));
    woken = 0;

    merged.remove("host1");

    assert.equal(woken, 1);
    const events = drain(merged);
    const [one, other] = ["host1", "daq1"].map((id) => brief(events).filter((it) => it.startsWith(id)));
    assert.deepEqual(
      one,
      thin ? ["host1:4", "host1 removed"] : [0, 1, 2, 3, 4].map((n) => `host1:${n}`).concat("host1 removed"),
    );
    assert.deepEqual(other, ["daq1:0", "daq1:1"]);
    assert.deepEqual(
      places(events.at(-1)!.id),
      brief(events).at(-1) === "host1 removed" ? { host1: 4, daq1: 1 } : { daq1: 1 },
    );
    append(host1, 1);
    assert.deepEqual(drain(merged), []);
    leave(merged);
  }
});

Deno.test("an unread gap is not skipped by another device's id", () => {
  const logs = { daq1: makeLog({ maxBytes: 1_000 }), host1: makeLog({ deviceId: "host1" }) };
  logs.host1.notifyState(state("streaming", "host1"));
  for (let i = 0; i < 50; i++) append(logs.daq1, 1);
  const oldest = logs.daq1.oldest;
  const sequences = new Map([["host1", -1], ["daq1", 4]]);
  const merged = merge({ host1: logs.host1, daq1: logs.daq1 }, { epoch, sequences });
  append(logs.host1, 1);

  const events = drain(merged);

  const gap = brief(events).indexOf(`daq1 expired 5-${oldest - 1}`);
  assert.ok(gap > 0);
  for (const { id } of events.slice(0, gap)) assert.equal(places(id).daq1, 4);
  assert.equal(places(events[gap].id).daq1, oldest - 1);
  leave(merged);
});

Deno.test("a thinned device keeps its place", async () => {
  using time = fakeTime();
  const log = makeLog();
  const merged = new MergedReader(new Numbering(epoch));
  merged.add("daq1", new ThinnedReader(log.cursor(), 10));
  const events: WireEvent[] = [];
  merged.subscribe(() => events.push(...drain(merged)));
  for (let i = 0; i < 20; i++) {
    append(log, 1);
    await time.tick(10);
  }
  assert.deepEqual(events.map(({ id, data }) => [places(id), data.skipped]), [[{ daq1: 0 }, 0], [{ daq1: 9 }, 8], [
    { daq1: 19 },
    9,
  ]]);
  leave(merged);
});

Deno.test("each device is resumed exactly, wherever the connection breaks", () => {
  const device = fc.constantFrom(...IDS);
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant("append" as const), device, count: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("lose" as const), device, count: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("state" as const), device, count: fc.nat() }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("take" as const), device, count: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("break" as const), device, count: fc.integer({ min: 1, max: 3 }) }),
    },
  );
  const maxBytes = fc.integer({ min: 300, max: 5_000 });
  fc.assert(
    fc.property(maxBytes, fc.array(step, { maxLength: 80 }), (maxBytes, steps) => {
      const { logs, ...start } = bench(IDS, { maxBytes });
      let { merged } = start;
      let lastId = "e1";
      const expected: Record<string, number> = Object.fromEntries(IDS.map((id) => [id, 0]));
      const account = (events: WireEvent[]) => {
        for (const { id, data } of events) {
          lastId = id!;
          if (data.event === "device_data") assert.equal(data.sequence, expected[data.device_id]++);
          if (data.event === "gap") {
            assert.equal(data.from, expected[data.device_id]);
            expected[data.device_id] = Number(data.to) + 1;
          }
        }
      };
      for (const { do: what, device, count } of steps) {
        const log = logs[device];
        if (what === "append") append(log, count);
        if (what === "lose") log.lose(log.sequence + count);
        if (what === "state") log.notifyState(state(`state ${count}`, device));
        for (let i = 0; what === "take" && i < count; i++) account(parse(merged.take() ?? new Uint8Array()));
        if (what === "break") {
          // Of the chunk that was under way, only the first events have arrived.
          account(parse(merged.take() ?? new Uint8Array()).slice(0, count));
          leave(merged);
          merged = merge(logs, parsePositions(lastId, NUMBERING));
        }
      }
      account(drain(merged));
      leave(merged);
      for (const id of IDS) assert.equal(expected[id], logs[id].sequence, id);
    }),
    { numRuns: 500 },
  );
});
