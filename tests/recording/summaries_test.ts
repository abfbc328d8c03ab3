/** The history from summaries: as from the samples themselves. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { readHistory } from "../../lib/recording/history/read_history.ts";
import { Compactor } from "../../lib/recording/recorder/compactor.ts";
import { type Row, Segment } from "../../lib/recording/store/segment.ts";
import type { HistoryAnswer } from "../../lib/wire/history.ts";
import { PIECES_START, piecesOf, rowsOf } from "../support/stored_pieces.ts";

const number = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer(), fc.constant(null));
const payloads = fc.oneof(
  { weight: 3, arbitrary: fc.array(number, { minLength: 1, maxLength: 80 }) },
  {
    weight: 1,
    arbitrary: fc.array(fc.record({ a: number, b: fc.record({ c: number }) }), { minLength: 1, maxLength: 9 }),
  },
  { weight: 1, arbitrary: fc.array(fc.array(number, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 3 }) },
).map((all) => (all as unknown[]).map((it) => JSON.stringify(it)));

/** Stores rows; with `isCompacted`, as blocks with summaries, but for the last of them. */
function store(folder: string, rows: readonly Row[], isCompacted: boolean): void {
  const segment = new Segment(`${folder}/000001.sqlite`);
  const compactor = new Compactor(segment, { samples: 60, rows: 4, joined: 3 });
  for (const row of rows) compactor.add(row, segment.insert(row));
  if (isCompacted) compactor.work(() => false);
  segment.commit();
  segment.close();
}

function read(folder: string, from: number, to: number, points: number): Promise<HistoryAnswer> {
  const limits = { maxMs: 60_000, maxChannels: 64 };
  const request = {
    device: "daq1",
    sample: null,
    root: null,
    folders: [folder],
    key: "now",
    from,
    to,
    points,
    ...limits,
  };
  return readHistory(request, ReadableStream.from([]));
}

Deno.test("a history from summaries has the counts, events, extremes and gaps of the samples, and each point is a sample", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piecesOf(payloads), { minLength: 4, maxLength: 40 }),
      fc.constantFrom(2, 4, 10, 60),
      fc.integer({ min: -10, max: 110 }),
      fc.integer({ min: 1, max: 120 }),
      async (pieces, points, start, length) => {
        const rows = rowsOf(pieces, "daq1");
        const folder = await Deno.makeTempDir({ prefix: "recordings" });
        for (const name of ["rows", "blocks"]) {
          await Deno.mkdir(`${folder}/${name}`);
          store(`${folder}/${name}`, rows, name === "blocks");
        }
        const first = Number(rows.reduce((a, { t0 }) => t0 < a ? t0 : a, rows[0].t0) / 1000n);
        const last = Number(rows.reduce((a, { t1 }) => t1 > a ? t1 : a, 0n) / 1000n) + 100_000;
        const from = Math.round(first + (last - first) * start / 100);
        const to = from + Math.max(1, Math.round((last - first) * length / 100));
        const all = await read(`${folder}/rows`, from, to, 100_000);
        const exact = await read(`${folder}/rows`, from, to, points);
        const { channels, events, ...rest } = await read(`${folder}/blocks`, from, to, points);
        const { channels: exactChannels, events: exactEvents, ...exactRest } = exact;
        equal(rest, exactRest);
        equal(events.filter(isNoted), exactEvents.filter(isNoted));
        // A block also knows what is missing before the first row of the span, and that a clock was set.
        if (pieces.every(({ event }) => event !== "clock")) {
          const { events: known } = await read(`${folder}/rows`, first - 1e9, last + 1e9, 2);
          const isIn = (list: object[], event: object) =>
            list.some((it) => JSON.stringify(it) === JSON.stringify(event));
          ok(exactEvents.every((it) => isIn(events, it)) && events.every((it) => isIn(known, it)));
        }
        equal(names(channels), names(exactChannels));
        const width = (to - from) / Math.max(1, Math.floor(points / 2));
        for (const { name, times, values } of channels.filter((it) => it.times.length > 0)) {
          const raw = all.channels.find((it) => it.name === name)!;
          const exactly = exactChannels.find((it) => it.name === name)!;
          const known = new Set(raw.times.map((time, i) => `${time} ${raw.values[i]}`));
          for (const [i, time] of times.entries()) ok(known.size === 0 || known.has(`${time} ${values[i]}`), `${time}`);
          equal(times, [...times].sort((a, b) => a - b));
          for (const sign of [1, -1]) {
            const signed = (list: (number | null)[]) => list.filter((it) => it !== null).map((it) => it * sign);
            equal(Math.max(...signed(values)), Math.max(...signed(exactly.values)));
            // What is extreme in an interval is outdone, if at all, beside it.
            for (const [i, time] of exactly.times.entries()) {
              const value = exactly.values[i];
              ok(
                times.some((at, k) =>
                  Math.abs(at - time) <= width * 1.5 &&
                  (value === null ? values[k] === null : values[k] !== null && values[k]! * sign >= value * sign)
                ),
                `${name}: ${value} at ${time}`,
              );
            }
          }
        }
        await Deno.remove(folder, { recursive: true });
      },
    ),
    { numRuns: 25, seed: 14 },
  );
});

/** True for an event that was stored: other gaps are where numbers are missing. */
const isNoted = ({ reason }: HistoryAnswer["events"][number]) => reason !== "expired";

const names = (channels: HistoryAnswer["channels"]) =>
  channels.filter(({ times }) => times.length > 0).map(({ name }) => name).sort();

Deno.test("a history over many blocks reads summaries alone, but for the blocks at the ends", async () => {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  const pieces = Array.from({ length: 400 }, (_, i) => ({
    payloads: Array.from({ length: 20 }, (_, n) => String(i * 20 + n)),
    ...{ lost: 0, stepUs: 1000, isWaveform: false },
  }));
  store(folder, rowsOf(pieces, "daq1"), true);
  // What cannot be read is named, if it is read.
  const db = new DatabaseSync(`${folder}/000001.sqlite`);
  db.exec("UPDATE row SET crc = crc + 1 WHERE t0 > 1577836801000000000 AND t1 < 1577836807000000000");
  db.close();
  const wide = await read(folder, PIECES_START + 500_000, PIECES_START + 7_500_000, 20);
  equal([wide.damaged, wide.samples, wide.channels[0].values.length], [[], 7000, 20]);
  equal([wide.channels[0].values[0], wide.channels[0].values.at(-1)], [499, 7498]);
  const narrow = await read(folder, PIECES_START + 3_000_000, PIECES_START + 3_100_000, 1000);
  ok(narrow.damaged.length > 0);
  await Deno.remove(folder, { recursive: true });
});
