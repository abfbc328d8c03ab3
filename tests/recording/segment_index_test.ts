/** The index of a recording's segments: a reader opens those that have its time, and an index is never needed. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import fc from "fast-check";
import { INDEX_FILE, oldestIn, segmentsWith } from "../../lib/recording/store/segment_index.ts";
import { Segment } from "../../lib/recording/store/segment.ts";
import { checkSegments, nextSegment } from "../../lib/recording/store/segment_files.ts";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";

const START = BigInt(Date.parse("2026-11-26T08:00:00Z")) * 1_000_000n;
const SECOND = 1_000_000_000n;
const at = (second: number) => START + BigInt(second) * SECOND;
const nameOf = (number: number) => `${String(number).padStart(6, "0")}.sqlite`;

/** Begins a segment with a row for each of some seconds of a device. It is open. */
function begun(folder: string, number: number, seconds: readonly number[], device = "daq1"): Segment {
  const segment = new Segment(`${folder}/${nameOf(number)}`);
  for (const second of seconds) {
    const timestamp = new Date(Number(at(second) / 1_000_000n)).toISOString().replace("Z", "000Z");
    const data = JSON.stringify({ event: "property", device_id: device, timestamp, second });
    const bytes = new TextEncoder().encode(`event: property\ndata: ${data}\n\n`);
    const source = { device, epoch: "e1", key: `${device} ${number}` };
    const about = { first: 0, next: 0, count: 0, lost: 0, entry: second };
    segment.insert({ source, ...about, t0: at(second), t1: at(second), bytes });
  }
  segment.commit();
  return segment;
}

const secondsIn = (folder: string, selection = {}) =>
  [...storedEvents(folder, selection)].map(({ data }) => JSON.parse(data)).map(({ second, message }) =>
    message ?? second
  );

async function withFolder(run: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  try {
    run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a window opens only the segments that hold its time and its devices", () =>
  withFolder((folder) => {
    for (const number of [1, 2, 3]) begun(folder, number, [number * 10, number * 10 + 5]).close();
    begun(folder, 4, [30], "daq2").close();
    equal(segmentsWith(folder, { devices: ["daq1"], from: at(30), to: at(31) }), [nameOf(3)]);
    // The first file is replaced by one that cannot be read: who opened it would say so.
    const path = `${folder}/${nameOf(1)}`;
    const { size, mtime } = Deno.statSync(path);
    Deno.writeFileSync(path, new Uint8Array(size).fill(7));
    Deno.utimeSync(path, mtime!, mtime!);
    equal(secondsIn(folder, { devices: ["daq1"], from: at(20), to: at(40) }), [20, 25, 30, 35]);
    equal(oldestIn(folder, "daq2"), at(30));
    match(secondsIn(folder, { to: at(20) }).join(), /^000001\.sqlite: /);
  }));

Deno.test("a segment that is written is read, and its name may be that of one that was removed", () =>
  withFolder((folder) => {
    begun(folder, 1, [10]).close();
    equal(secondsIn(folder), [10]);
    Deno.removeSync(`${folder}/${nameOf(1)}`);
    const open = begun(folder, 1, [50]);
    equal(secondsIn(folder, { from: at(40), to: at(60) }), [50]);
    open.close();
    equal(secondsIn(folder, { from: at(40), to: at(60) }), [50]);
    equal(segmentsWith(folder, { from: at(0), to: at(40) }), []);
  }));

/** What may have happened to the index. */
const damage = fc.oneof(
  fc.constant(undefined),
  fc.constant((_: Uint8Array) => new Uint8Array()),
  fc.constant((_: Uint8Array) => new TextEncoder().encode("no index")),
  fc.nat(500).map((length) => (bytes: Uint8Array) => bytes.slice(0, length)),
  fc.nat(500).map((place) => (bytes: Uint8Array) => bytes.map((it, i) => i === place % bytes.length ? it ^ 1 : it)),
);

Deno.test("an index that is missing, cut or damaged anywhere is made again: the events of any window are the same", () =>
  withFolder((root) => {
    let runs = 0;
    const second = fc.nat(99);
    fc.assert(
      fc.property(
        fc.array(fc.array(second, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(damage, second, second), { minLength: 1, maxLength: 4 }),
        (segments, windows) => {
          const folder = `${root}/${runs++}`;
          Deno.mkdirSync(folder);
          for (const [i, seconds] of segments.entries()) begun(folder, i + 1, seconds).close();
          for (const [change, a, b] of windows) {
            const path = `${folder}/${INDEX_FILE}`;
            segmentsWith(folder);
            if (change) Deno.writeFileSync(path, change(Deno.readFileSync(path)));
            else Deno.removeSync(path);
            const [from, to] = [Math.min(a, b), Math.max(a, b)];
            const expected = segments.flat().filter((it) => it >= from && it < to);
            equal(secondsIn(folder, { from: at(from), to: at(to) }), expected);
            equal(secondsIn(folder, { from: at(from), to: at(to) }), expected);
            equal(oldestIn(folder, "daq1"), at(Math.min(...segments[0])));
          }
        },
      ),
      { numRuns: 20, seed: 14 },
    );
  }));

Deno.test("a folder that may not be written has no index, and its segments are read", () =>
  withFolder((folder) => {
    begun(folder, 1, [10]).close();
    // In its place: a rename to it fails.
    Deno.mkdirSync(`${folder}/${INDEX_FILE}`);
    equal(secondsIn(folder), [10]);
    equal(secondsIn(folder, { from: at(11) }), []);
  }));

Deno.test("a file that a kill has left before it had its tables is no damage: it is removed", () =>
  withFolder((folder) => {
    begun(folder, 1, [1]).close();
    for (const end of [".part", ".part-journal", ".part-wal"]) {
      Deno.writeFileSync(`${folder}/${nameOf(2)}${end}`, new Uint8Array());
    }
    equal(secondsIn(folder), [1]);
    const drafts = () => [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.includes(".part"));
    equal(checkSegments(folder), []);
    // Another recorder may be about to name it.
    equal([drafts().length, nextSegment(folder)], [3, nameOf(3)]);
    for (const name of drafts()) Deno.utimeSync(`${folder}/${name}`, 0, 0);
    equal(checkSegments(folder), []);
    equal([drafts().length, nextSegment(folder)], [0, nameOf(2)]);
    begun(folder, 2, [2]).close();
    equal(secondsIn(folder), [1, 2]);
  }));
