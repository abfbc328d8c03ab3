/** The way of a reader from recordings into the ring: nothing twice, nothing missing, and a gap for what nothing has. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { DeviceCursor } from "../../lib/hub/device_cursor.ts";
import { decodeMessage } from "../../lib/hub/encoded_frames.ts";
import type { Place } from "../../lib/hub/past.ts";
import { Backlog } from "../../lib/recording/backlog/backlog.ts";
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
  const places: Place[] = [];
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
  let place: Place;
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
  await bench.recordings.stop(bench.recordings.all[0]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("without a place, no more of the recordings is read than the hub keeps", async () => {
  await using bench = await smallBench();
  const recording = await bench.recordings.start({ name: "all" });
  await streaming(bench);
  await pushMany(bench, 200);
  const cursor = cursorOf(bench);
  await cursor.moveTo(undefined, 10_000);
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
