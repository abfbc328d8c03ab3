/** The way of a reader from recordings into the ring: nothing twice, nothing missing, and a gap for what nothing has. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { DeviceCursor } from "../../lib/hub/device_cursor.ts";
import { decodeMessage } from "../../lib/hub/encoded_frames.ts";
import type { RecordedPast } from "../../lib/hub/past.ts";
import type { PastPlace, RecordedPart } from "../../lib/stream/past/recorded_part.ts";
import { Backlog } from "../../lib/recording/backlog/backlog.ts";
import { compress } from "../../lib/stream/columns/compress.ts";
import { packRun } from "../../lib/stream/columns/packed_run.ts";
import { readFrames } from "../../lib/stream/columns/read_frames.ts";
import { decodeFrames } from "../../lib/stream/mod.ts";
import { inlineBacklog } from "../support/inline_backlog.ts";
import { type RecordingBench, recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** Some ten samples. */
const RING = { ring: { maxBytes: 3_000, maxAgeMs: 1e9 } };

/** A bench whose ring has dropped what its recordings have. */
function smallBench(folder?: string): Promise<RecordingBench> {
  return recordingBench(folder, RING);
}

async function streaming(bench: RecordingBench): Promise<void> {
  await bench.device.connect();
  await bench.device.startStreaming();
}

function cursorOf(bench: RecordingBench): DeviceCursor {
  return new DeviceCursor(bench.device.log, { recorded: new Backlog(bench.recordings, inlineBacklog) });
}

/** All that a cursor has now: samples by their numbers, gaps in words, and other events by their names. */
async function all(cursor: DeviceCursor, maxBytes = 1_000): Promise<unknown[]> {
  const found: unknown[] = [];
  const { signal } = new AbortController();
  while (cursor.hasMore) {
    const batch = await cursor.read(maxBytes, signal);
    if (!batch) break;
    const events = decodeFrames(batch.bytes);
    equal(batch.count, events.filter(({ event }) => event === "device_data").length);
    for (const it of events) {
      if (it.event === "device_data") found.push(it.sequence);
      else if (it.event === "gap") found.push(`gap ${it.from}-${it.to} ${it.reason}`);
      else found.push(it.event);
    }
    await cursor.accept(batch);
  }
  await cursor.close();
  return found;
}

const samples = (found: unknown[]) => found.filter((it) => typeof it === "number");
const gaps = (found: unknown[]) => found.filter((it) => String(it).startsWith("gap"));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

async function pushMany(bench: RecordingBench, count: number): Promise<void> {
  const backlog = new Backlog(bench.recordings);
  for (let i = 0; i < count; i += 10) {
    await bench.push(...range(0, Math.min(10, count - i)));
    // The recorder is behind its ring, too.
    await until("it is stored", () => !backlog.isStoring(bench.device.log));
  }
}

Deno.test("what the ring has dropped comes from the recordings, and goes on in the ring without a seam", async () => {
  await using bench = await smallBench();
  const recording = await bench.recordings.start({ name: "all" });
  await streaming(bench);
  await pushMany(bench, 100);
  ok(bench.device.log.oldest > 50);
  const { epoch } = bench.device.log;
  for (const from of [0, 1, 42, 99, 100]) {
    const cursor = cursorOf(bench);
    await cursor.moveTo({ epoch, sequence: from });
    const found = await all(cursor);
    equal([samples(found), gaps(found)], [range(from, 100), []]);
  }
  const cursor = cursorOf(bench);
  await cursor.moveTo(undefined);
  equal(samples(await all(cursor)), range(0, 100));
  await pushMany(bench, 5);
  equal(await all(cursor), range(100, 105));
  await bench.recordings.stop(recording);
});

Deno.test("two recordings of the same are one, and what neither has is a gap", async () => {
  await using bench = await smallBench();
  await streaming(bench);
  const first = await bench.recordings.start({ name: "first" });
  await pushMany(bench, 30);
  const second = await bench.recordings.start({ name: "second" });
  await pushMany(bench, 30);
  await bench.recordings.stop(first);
  await pushMany(bench, 30);
  await bench.recordings.stop(second);
  await pushMany(bench, 60);
  const { log } = bench.device;
  const cursor = cursorOf(bench);
  await cursor.moveTo({ epoch: log.epoch, sequence: 0 });
  const found = await all(cursor);
  equal(samples(found), [...range(0, 90), ...range(log.oldest, 150)]);
  equal(gaps(found), [`gap 90-${log.oldest - 1} slow-reader`]);
});

Deno.test("events come once, behind the one that was the last", async () => {
  await using bench = await smallBench();
  const recording = await bench.recordings.start({ name: "all" });
  await streaming(bench);
  await pushMany(bench, 10);
  await bench.device.stopStreaming();
  await bench.device.startStreaming();
  await pushMany(bench, 60);
  const whole = cursorOf(bench);
  await whole.moveTo(undefined);
  const places: PastPlace[] = [];
  const expected: unknown[][] = [];
  const { signal } = new AbortController();
  // From each place that a batch may end at, the rest is the same.
  for (let batch = await whole.read(1, signal); batch; batch = await whole.read(1, signal)) {
    for (const rest of expected) rest.push(...decodeFrames(batch.bytes).map(({ event }) => event));
    places.push(batch.place);
    expected.push([]);
    await whole.accept(batch);
    if (!whole.hasMore) break;
  }
  ok(places.filter(({ frame }) => frame !== undefined).length >= 3);
  for (const [i, place] of places.entries()) {
    const cursor = cursorOf(bench);
    await cursor.moveTo(place);
    const found = await all(cursor);
    equal(
      found.map((it) => typeof it === "number" ? "device_data" : it),
      expected[i],
      `behind ${JSON.stringify(place)}`,
    );
  }
  await bench.recordings.stop(recording);
});

Deno.test("an earlier run of the daemon is read to its end, then comes a gap, then the next one from its first sample", async () => {
  const folder = await Deno.makeTempDir();
  let place: PastPlace;
  {
    await using first = await smallBench(folder);
    await first.recordings.start({ name: "all" });
    await streaming(first);
    place = { epoch: first.device.log.epoch, sequence: 20 };
    await pushMany(first, 50);
  }
  await using bench = await smallBench(folder);
  await streaming(bench);
  await pushMany(bench, 60);
  const cursor = cursorOf(bench);
  await cursor.moveTo(place);
  const found = await all(cursor);
  equal(samples(found), [...range(20, 50), ...range(0, 60)]);
  equal(gaps(found), ["gap 50-null restart"]);
  // A run that is not recorded: what is later follows.
  const behind = cursorOf(bench);
  await behind.moveTo({ epoch: "another", sequence: 7, time: new Date(0).toISOString() });
  const rest = await all(behind);
  equal(gaps(rest), ["gap 7-null restart", "gap 50-null restart"]);
  equal(samples(rest), [...range(0, 50), ...range(0, 60)]);
  // The clock was set back since: the present run follows, and is not missing.
  const ahead = cursorOf(bench);
  await ahead.moveTo({ epoch: "another", sequence: 7, time: "2999-01-01T00:00:00.000000Z" });
  const present = await all(ahead);
  equal([gaps(present), samples(present)], [["gap 7-null restart"], range(0, 60)]);
  await bench.recordings.stop(bench.recordings.all[0]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a hub that keeps a day and has nothing of an idle device does not get months of its recordings", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using first = await smallBench(folder);
    await first.recordings.start({ name: "all" });
    await streaming(first);
    await pushMany(first, 50);
  }
  const since = Date.now();
  await using bench = await smallBench(folder);
  await streaming(bench);
  await pushMany(bench, 60);
  const cursor = cursorOf(bench);
  await cursor.moveTo(undefined, { since });
  equal(samples(await all(cursor)), range(0, 60));
  await cursor.moveTo(undefined, { since: since - 86_400_000 });
  equal(samples(await all(cursor)), [...range(0, 50), ...range(0, 60)]);
  await cursor.moveTo(undefined, { since: Date.now() + 1_000 });
  const { log } = bench.device;
  equal(samples(await all(cursor)), range(log.oldest, 60));
  await bench.recordings.stop(bench.recordings.all[0]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("without a place, no more of the recordings is read than the hub keeps", async () => {
  await using bench = await smallBench();
  const recording = await bench.recordings.start({ name: "all" });
  await streaming(bench);
  await pushMany(bench, 200);
  const cursor = cursorOf(bench);
  await cursor.moveTo(undefined, { maxBytes: 10_000 });
  const found = samples(await all(cursor));
  equal(found, range(Number(found[0]), 200));
  ok(found.length > 30 && found.length < 100, `${found.length} samples`);
  await bench.recordings.stop(recording);
});

Deno.test("recordings that are read compressed have the same events, and small parts stay as they are", async () => {
  await using bench = await smallBench();
  const recording = await bench.recordings.start({ name: "all" });
  await streaming(bench);
  await pushMany(bench, 100);
  const read = async (compressPast: boolean) => {
    const recorded = new Backlog(bench.recordings, inlineBacklog);
    const cursor = new DeviceCursor(bench.device.log, { recorded, compressPast });
    await cursor.moveTo({ epoch: bench.device.log.epoch, sequence: 3 });
    let text = "";
    let compressed = 0;
    for (const maxBytes of [8_000, 500]) {
      const batch = (await cursor.read(maxBytes, new AbortController().signal))!;
      if (batch.isCompressed) compressed++;
      const encoding = batch.isCompressed ? "sse+zstd" : "sse";
      text += new TextDecoder().decode(decodeMessage({ encoding, bytes: batch.bytes }));
      await cursor.accept(batch);
    }
    await cursor.close();
    return { text, compressed };
  };
  const [plain, compressed] = [await read(false), await read(true)];
  equal([plain.compressed, compressed.compressed > 0], [0, true]);
  equal(compressed.text, plain.text);
  await bench.recordings.stop(recording);
});

/** A bench whose ring has so many samples, and recordings that have some of them in columns. */
async function farBench(samples: number, columns: readonly [first: number, next: number][]) {
  const bench = await recordingBench(undefined, { ring: { maxBytes: 64e6, maxAgeMs: 1e9 } });
  await streaming(bench);
  for (let i = 0; i < samples; i += 1_000) await bench.push(...range(i, i + 1_000));
  const { log } = bench.device;
  const text = () => {
    const { ring } = log;
    const entries = range(ring.firstEntry, ring.nextEntry).map((number) => ring.entry(number));
    return entries.filter(({ ends }) => ends).map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
  };
  let readings = 0;
  const recorded: RecordedPast = {
    async *behind(_, place): AsyncGenerator<RecordedPart> {
      readings++;
      const [run] = readFrames(text())!.filter((item) => typeof item !== "string");
      for (const [first, next] of columns) {
        if (first < place!.sequence) continue;
        const count = next - first;
        const bytes = compress(packRun({ ...run, at: run.at + first - run.first, first, count }));
        yield await Promise.resolve({ epoch: log.epoch, first, next, count, bytes, isColumns: true });
      }
    },
    isStoring: () => false,
  };
  const { epoch } = log;
  const cursor = new DeviceCursor(log, { recorded, compressPast: true });
  /** The encodings of the batches, and all frames. */
  const read = async () => {
    const found = { columns: 0, text: "" };
    while (cursor.hasMore) {
      const batch = (await cursor.read(900_000, new AbortController().signal))!;
      if (batch.isColumns) found.columns++;
      const bytes = decodeMessage({ encoding: batch.isColumns ? "columns+zstd" : "sse", bytes: batch.bytes });
      equal(decodeFrames(bytes).filter(({ event }) => event === "device_data").length, batch.count);
      found.text += new TextDecoder().decode(bytes);
      await cursor.accept(batch);
    }
    return found;
  };
  return {
    bench,
    cursor,
    epoch,
    read,
    text,
    readings: () => readings,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

Deno.test("who is far behind gets the recorded columns and then the ring: the same frames, byte by byte", async () => {
  await using far = await farBench(40_000, [[5, 8_005], [8_005, 16_000], [16_000, 30_000]]);
  await far.cursor.moveTo({ epoch: far.epoch, sequence: 5 });
  const { columns, text } = await far.read();
  equal(columns, 3);
  const all = far.text();
  ok(text === all.slice(all.indexOf(`id: ${far.epoch}-5\n`)));
  // Who is not so far behind reads the ring alone.
  await far.cursor.moveTo({ epoch: far.epoch, sequence: 16_000 });
  equal((await far.read()).columns, 0);
  equal(far.readings(), 1);
});

Deno.test("what the ring has and a recording lacks, samples and events, is no gap for one who is far behind", async () => {
  await using far = await farBench(40_000, [[5, 8_000], [9_000, 20_000]]);
  await far.cursor.moveTo({ epoch: far.epoch, sequence: 5 });
  const { columns, text } = await far.read();
  equal(columns, 1);
  const all = far.text();
  ok(text === all.slice(all.indexOf(`id: ${far.epoch}-5\n`)));
  await using late = await farBench(40_000, [[20_000, 30_000]]);
  await late.cursor.moveTo({ epoch: late.epoch, sequence: 10 });
  const found = decodeFrames(new TextEncoder().encode((await late.read()).text));
  equal(found.map((it) => it.event === "device_data" && it.sequence), range(10, 40_000));
});

Deno.test("an event that came while nothing was recorded is not lost for one who is far behind", async () => {
  await using far = await farBench(20_000, [[5, 8_000], [8_000, 32_000]]);
  await far.bench.device.stopStreaming();
  await far.bench.device.startStreaming();
  for (let i = 0; i < 20_000; i += 1_000) await far.bench.push(...range(i, i + 1_000));
  await far.cursor.moveTo({ epoch: far.epoch, sequence: 5 });
  const { columns, text } = await far.read();
  const events = decodeFrames(new TextEncoder().encode(text));
  equal(columns, 1);
  equal(samples(events.map((it) => it.event === "device_data" ? it.sequence : it.event)), range(5, 40_000));
  ok(events.some(({ event }) => event === "device_state"));
});

Deno.test("recordings in columns are the same frames as without, behind any place, with the events between them", async () => {
  await using bench = await recordingBench();
  const recording = await bench.recordings.start({ name: "all" });
  await streaming(bench);
  const backlog = new Backlog(bench.recordings, inlineBacklog);
  for (let i = 0; i < 20; i++) {
    for (let k = 0; k < 10; k++) {
      await bench.push(...range(0, 100));
      await until("it is stored", () => !backlog.isStoring(bench.device.log));
    }
    if (i !== 12) continue;
    await bench.device.stopStreaming();
    await bench.device.startStreaming();
  }
  await bench.recordings.stop(recording);
  const { epoch, deviceId } = bench.device.log;
  const read = async (sequence: number, partBytes: number, compress: boolean) => {
    let [text, due, columns] = ["", sequence, 0];
    for await (const part of backlog.behind(deviceId, { epoch, sequence }, { partBytes, compress })!) {
      equal(part.first, due);
      due = part.next;
      if (part.isColumns) columns++;
      const encoding = part.isColumns ? "columns+zstd" : part.isCompressed ? "sse+zstd" : "sse";
      text += new TextDecoder().decode(decodeMessage({ encoding, bytes: part.bytes }));
    }
    return { text, columns };
  };
  // Who has the rest is sent the columns only.
  const limits = { partBytes: 900_000, compress: true, columnsFrom: { epoch, sequence: 0 } };
  const only: unknown[] = [];
  for await (const { first, next, isColumns } of backlog.behind(deviceId, { epoch, sequence: 7_900 }, limits)!) {
    only.push([first, next, isColumns]);
  }
  equal(only.length > 0 && only.every((it) => (it as unknown[])[2]), true);
  equal([(only[0] as unknown[])[0], (only.at(-1) as unknown[])[1]], [7_900, 13_000]);
  for (const from of [0, 1, 7_990, 12_999, 13_000, 13_001]) {
    const plain = await read(from, 300_000, false);
    equal(plain.columns, 0);
    for (const partBytes of [900_000, 40_000]) {
      const { text, columns } = await read(from, partBytes, true);
      ok(columns > 0, `${columns} parts in columns behind ${from}`);
      ok(text === plain.text, `behind ${from}, parts of ${partBytes} bytes`);
    }
  }
});

Deno.test("what the ring drops while it was to have the rest comes from the recordings", async () => {
  await using bench = await smallBench();
  const recording = await bench.recordings.start({ name: "all" });
  await streaming(bench);
  await pushMany(bench, 100);
  const { log, log: { epoch } } = bench.device;
  const backlog = new Backlog(bench.recordings, inlineBacklog);
  const asked: unknown[] = [];
  const recorded: RecordedPast = {
    behind(device, place, limits) {
      asked.push(limits.columnsFrom);
      const parts = backlog.behind(device, place, limits)!;
      return (async function* () {
        yield* parts;
        // The reading has ended, and the ring goes on.
        if (asked.length === 1) await pushMany(bench, 60);
      })();
    },
    isStoring: (log) => backlog.isStoring(log),
  };
  const cursor = new DeviceCursor(log, { recorded, compressPast: true });
  await cursor.moveTo({ epoch, sequence: 4 });
  const found = await all(cursor, 1_000);
  equal([samples(found), gaps(found)], [range(4, 160), []]);
  equal(asked.length > 1, true);
  await bench.recordings.stop(recording);
});
