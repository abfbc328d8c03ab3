/** Old rows as blocks of columns: the very same frames, whatever they are, and whenever the recorder is killed. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { Compactor } from "../../lib/recording/recorder/compactor.ts";
import { makeStoredBlock, packStoredBlock, unpackStoredBlock } from "../../lib/recording/store/columns/block_bytes.ts";
import type { FrameItem } from "../../lib/stream/columns/run.ts";
import { blockText, framesOf, partFrames } from "../../lib/recording/store/columns/block.ts";
import { Segment } from "../../lib/recording/store/segment.ts";
import { SegmentReader } from "../../lib/recording/store/segment_reader.ts";
import { piecesOf, rowsOf } from "../support/stored_pieces.ts";

const decoder = new TextDecoder();
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0, -0, null, 5e-324, 1.7976931348623157e308, 0.1, 1e21, 2 ** 53),
);

const payload = fc.oneof(
  number.map((it) => JSON.stringify(it)),
  fc.constantFrom("1.0", "1e-07", "-0", "9007199254740993", "-12345678901234567890", "1E5", "true", '"null 17"'),
  fc.jsonValue({ maxDepth: 2 }).map((it) => JSON.stringify(it)),
  fc.record({ a: number, b: fc.record({ "c.d": number }), text: fc.constantFrom("on", "off 3") })
    .map((it) => JSON.stringify(it)),
);

const piece = piecesOf(fc.oneof(
  fc.array(number.map((it) => JSON.stringify(it)), { minLength: 1, maxLength: 60 }),
  fc.array(payload, { minLength: 1, maxLength: 12 }),
));

Deno.test("a block has the very same frames as its rows: numbers to the last digit, null, wide integers, lists, texts, gaps", () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
      const rows = rowsOf(pieces, 'daq "1"').map(({ bytes }, i) => ({ id: i * 3 + 1, frames: bytes }));
      const block = unpackStoredBlock(packStoredBlock(makeStoredBlock(rows)));
      equal(decoder.decode(framesOf(block)), rows.map(({ frames }) => decoder.decode(frames)).join(""));
      for (const { id, frames } of rows) equal(partFrames(block, id), frames);
      equal(partFrames(block, 2), undefined);
    }),
    { numRuns: 300, seed: 14 },
  );
});

Deno.test("numbers become columns, and take less than 10 bytes a sample", () => {
  const pieces = Array.from({ length: 20 }, (_, i) => ({
    payloads: Array.from({ length: 200 }, (_, n) => String(Math.sin(i * 200 + n))),
    ...{ lost: 0, event: undefined, stepUs: 1000, isWaveform: false },
  }));
  const rows = rowsOf(pieces, 'daq "1"').map(({ bytes }, id) => ({ id, frames: bytes }));
  const { length } = packStoredBlock(makeStoredBlock(rows));
  ok(length < 4000 * 10, `${length} bytes for 4000 samples`);
});

type Act = { do: "row"; device: number } | { do: "commit" | "compact" | "kill" | "read" };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("row" as const), device: fc.integer({ min: 0, max: 2 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("commit" as const, "compact" as const, "commit" as const, "kill" as const, "read" as const),
    }),
  },
);

const DEVICES = ["daq0", "daq1", "daq2"];

const framesIn = (rows: Iterable<{ device: string; items: readonly FrameItem[] }>) => {
  const texts = new Map(DEVICES.map((it) => [it, ""]));
  for (const { device, items } of rows) texts.set(device, texts.get(device)! + blockText(items));
  return texts;
};

Deno.test("a kill at any place of a compaction loses nothing that was committed, and a reader meanwhile gets each frame once", async () => {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  let runs = 0;
  fc.assert(
    fc.property(
      fc.array(act, { minLength: 5, maxLength: 60 }),
      fc.array(piece, { minLength: 30, maxLength: 30 }),
      fc.integer({ min: 0, max: 6 }),
      (acts, pieces, faultAt) => {
        const rows = DEVICES.map((device) => rowsOf(pieces, device));
        const taken = [0, 0, 0];
        let committed = [0, 0, 0];
        const path = `${folder}/${runs++}.sqlite`;
        let segment = new Segment(path);
        let compactor = new Compactor(segment, { samples: 30, rows: 4, joined: 2 });
        const readers: {
          rows: Iterator<{ device: string; items: readonly FrameItem[] }>;
          had: ReturnType<typeof framesIn>;
          until: number[];
        }[] = [];
        const expected = (counts: number[]) =>
          framesIn(
            rows.flatMap((list, d) =>
              list.slice(0, counts[d]).map(({ bytes }) => ({ device: DEVICES[d], items: [decoder.decode(bytes)] }))
            ),
          );
        const reader = new SegmentReader(path);
        const kill = () => {
          segment.close();
          for (const [d, count] of committed.entries()) taken[d] = count;
          segment = new Segment(path);
          compactor = new Compactor(segment, { samples: 30, rows: 4, joined: 2 });
        };
        for (const it of acts) {
          // What has begun to read goes on while rows become blocks.
          for (const { rows: found, had } of readers) {
            const { value } = found.next();
            if (value) had.set(value.device, had.get(value.device)! + blockText(value.items));
          }
          if (it.do === "row" && taken[it.device] < pieces.length) {
            const row = rows[it.device][taken[it.device]++];
            compactor.add(row, segment.insert(row));
          } else if (it.do === "commit") {
            segment.commit();
            committed = [...taken];
          } else if (it.do === "compact") {
            // The process ends before or behind a statement.
            let steps = 0;
            const fault = () => {
              if (++steps === faultAt) throw new Error("killed");
            };
            const { replace, addSummary } = Segment.prototype;
            segment.replace = (...args) => (fault(), replace.apply(segment, args), fault());
            segment.addSummary = (...args) => (fault(), addSummary.apply(segment, args), fault());
            try {
              compactor.work(() => false);
              Object.assign(segment, { replace, addSummary });
            } catch (error) {
              if ((error as Error).message !== "killed") throw error;
              kill();
            }
          } else if (it.do === "kill") kill();
          else if (it.do === "read") {
            readers.push({ rows: reader.rows(), had: framesIn([]), until: [...committed] });
            const { value } = readers.at(-1)!.rows.next();
            if (value) readers.at(-1)!.had.set(value.device, blockText(value.items));
          }
        }
        compactor.complete();
        compactor.work(() => false);
        compactor.end();
        segment.shrink();
        committed = [...taken];
        for (const { rows: found, had, until } of readers) {
          for (let next = found.next(); !next.done; next = found.next()) {
            had.set(next.value.device, had.get(next.value.device)! + blockText(next.value.items));
          }
          equal(had, expected(until));
        }
        equal(framesIn(reader.rows()), expected(committed));
        const totals = new Map(reader.totals().map(({ device, samples }) => [device, samples]));
        for (const [d, device] of DEVICES.entries()) {
          const samples = rows[d].slice(0, committed[d]).reduce((sum, { count }) => sum + count, 0);
          equal(totals.get(device) ?? 0, samples);
          const last = rows[d][committed[d] - 1];
          const place = reader.places().find((it) => it.device === device);
          equal([place?.next, place?.entry], [last?.next, last?.entry]);
        }
        equal(reader.damage(), undefined);
        reader[Symbol.dispose]();
        segment.close();
      },
    ),
    { numRuns: 40, seed: 14 },
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a row of many small samples becomes columns whatever its size; one of waveforms stays as it is", async () => {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  const piece = (payloads: string[]) => ({ payloads, lost: 0, event: undefined, stepUs: 10, isWaveform: false });
  const scalars = piece(Array.from({ length: 8_000 }, (_, n) => String(Math.sin(n))));
  const waveform = piece([JSON.stringify("A".repeat(700_000))]);
  for (const [name, it] of [["scalars", scalars], ["waveform", waveform]] as const) {
    const [row] = rowsOf([it], "daq1");
    ok(row.bytes.length > 512 * 1024);
    const path = `${folder}/${name}.sqlite`;
    const segment = new Segment(path);
    const compactor = new Compactor(segment);
    compactor.add(row, segment.insert(row));
    compactor.complete();
    compactor.work(() => false);
    compactor.end();
    segment.commit();
    using reader = new SegmentReader(path);
    const [{ items }] = [...reader.rows()];
    equal(items.some((item) => typeof item !== "string"), name === "scalars");
    equal(blockText(items), decoder.decode(row.bytes));
    segment.close();
  }
  await Deno.remove(folder, { recursive: true });
});
