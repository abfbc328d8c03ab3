/** `GET /devices/{id}/history`: the past of a device from its recordings and its ring, thinned. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { makeBlock, sampleFramer } from "../../lib/stream/mod.ts";
import { frameMiddle } from "../../lib/stream/frame.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";
import { journalOf } from "../../lib/recording/feed/journal.ts";
import type { HistoryRequest } from "../../lib/recording/history/history_request.ts";
import { readHistory, wholeFrames } from "../../lib/recording/history/read_history.ts";
import { packSummary, unpackSummary } from "../../lib/recording/history/summary.ts";
import { ThinnedChannel } from "../../lib/recording/history/thinned_channel.ts";
import type { HistoryAnswer } from "../../lib/wire/history.ts";
import { historySchema } from "../../lib/wire/history.ts";
import { createApp } from "../../lib/http/app.ts";
import type { StartHistory } from "../../lib/recording/history/history_process.ts";
import { splitFrames } from "../../lib/recording/store/frames.ts";
import { inlineHistory } from "../support/inline_history.ts";
import { recordedSamples } from "../support/recorded_samples.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** Before every event that has the time of the test. */
const START = Date.parse("2020-01-01T00:00:00Z") * 1000;
const frame = sampleFramer({ deviceId: "daq1", epoch: "e1", arrays: "json" });

/** The frame of a sample with a time of its own, `sequence` ms behind the start. */
function frameOf(sequence: number, payload: unknown, middle?: string): string {
  const time = new Date(START / 1000 + sequence).toISOString().replace("Z", "000Z");
  return frame(sequence, payload, time, middle);
}

/** Appends the samples from `first` up to, not including, `next`. */
function append(log: StreamLog, first: number, next: number, payload: (n: number) => unknown = (n) => n): void {
  const frames = Array.from({ length: next - first }, (_, i) => frameOf(first + i, payload(first + i)));
  log.append(makeBlock(first, frames));
}

const newLog = () => new StreamLog({ deviceId: "daq1", epoch: "e1" });

/** @param ringFrom The oldest entry that the ring still has. */
function read(
  log: StreamLog,
  folders: string[],
  part: Partial<HistoryRequest> = {},
  ringFrom = 0,
): Promise<HistoryAnswer> {
  const count = log.ring.nextEntry - ringFrom;
  const entries = Array.from({ length: count }, (_, i) => log.ring.entry(ringFrom + i).bytes);
  const request = {
    ...{ device: "daq1", sample: null, from: START, to: START + 1_000_000, points: 5000 },
    ...{ folders, root: null, key: journalOf(log).key, maxMs: 60_000, maxChannels: 64 },
    ...part,
  };
  return readHistory(request, wholeFrames(ReadableStream.from(entries)));
}

const valuesOf = ({ channels }: HistoryAnswer) => channels.map(({ values }) => values);
const gapsOf = ({ events }: HistoryAnswer) =>
  events.filter(({ event }) => event === "gap").map(({ from, to, lost, reason }) => [from, to, lost, reason]);
const upTo = (first: number, next: number) => Array.from({ length: next - first }, (_, i) => first + i);

Deno.test("the history joins a recording with the ring: no sample is missing, and none counts twice", async () => {
  const log = newLog();
  const folder = await recordedSamples(log, {}, () => {
    for (let n = 0; n < 150; n += 50) append(log, n, n + 50);
  });
  append(log, 150, 200);
  const answer = await read(log, [folder], {}, 1);
  equal(valuesOf(answer), [upTo(0, 200)]);
  equal([answer.samples, answer.complete, gapsOf(answer), answer.damaged], [200, true, [], []]);
  equal(answer.channels[0].times, upTo(0, 200).map((n) => START + n * 1000));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what neither the recordings nor the ring have is a gap with exact numbers", async () => {
  const log = newLog();
  const folder = await recordedSamples(log, {}, () => append(log, 0, 50));
  append(log, 50, 80);
  append(log, 80, 100);
  const answer = await read(log, [folder], {}, 2);
  equal(valuesOf(answer), [[...upTo(0, 50), ...upTo(80, 100)]]);
  equal(gapsOf(answer), [[50, 79, 30, "expired"]]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a gap of the source is in the history once, whatever number of recordings has it", async () => {
  const log = newLog();
  const produce = () => {
    append(log, log.sequence, log.sequence + 10);
    append(log, log.sequence + 5, log.sequence + 15);
  };
  const first = await recordedSamples(log, {}, produce);
  const second = await recordedSamples(log, {}, produce);
  const answer = await read(log, [first, second, first]);
  equal(gapsOf(answer), [[10, 14, 5, "source"], [35, 39, 5, "source"]]);
  equal([answer.samples, answer.oldest], [40, "2020-01-01T00:00:00.000000Z"]);
  for (const folder of [first, second]) await Deno.remove(folder, { recursive: true });
});

Deno.test("a history is thinned to the smallest and the largest numbers, and a spike of one sample is there", async () => {
  const log = newLog();
  append(log, 0, 1000, (n) => n === 617 ? 99 : n === 444 ? null : Math.sin(n));
  const { channels: [{ times, values }], samples } = await read(log, [], { points: 20 });
  equal([values.length, samples], [21, 1000]);
  equal(times[values.indexOf(99)], START + 617_000);
  equal(times[values.indexOf(null)], START + 444_000);
  equal(times, [...times].sort((a, b) => a - b));
});

Deno.test("channels have names and units; a waveform counts each value at its time; others are left out", async () => {
  const log = newLog();
  log.append(makeBlock(0, [
    frameOf(0, { a: { b: 1 }, text: "x", on: true, list: [1, 2] }),
    frameOf(1, [5, 6, 7], frameMiddle("2020-01-01T00:00:00.001000Z", 0.002)),
  ]));
  const sample = { type: "object", properties: { a: { properties: { b: { type: "number", unit: "V" } } } } };
  const { channels } = await read(log, [], { sample });
  equal(channels, [
    { name: "a.b", unit: "V", times: [START], values: [1] },
    { name: "value", unit: "", times: [START + 1000, START + 3000, START + 5000], values: [5, 6, 7] },
  ]);
  const { channels: some } = await read(log, [], { channels: ["a.b", "nix"] });
  equal(some.map(({ name, values }) => [name, values]), [["a.b", [1]], ["nix", []]]);
  const { channels: first, more_channels } = await read(log, [], { maxChannels: 1 });
  equal([first.length, more_channels], [1, true]);
});

Deno.test("reading that takes too long ends with the time from which to ask again", async () => {
  const log = newLog();
  const part = { from: START, to: START + 400_000 };
  const folders = [];
  for (const n of [0, 100, 200]) folders.push(await recordedSamples(log, {}, () => append(log, n, n + 100)));
  const first = await read(log, folders, { ...part, maxMs: -1 }, 3);
  equal([first.complete, first.to], [false, "2020-01-01T00:00:00.100000Z"]);
  equal(valuesOf(first), [upTo(0, 100)]);
  const rest = await read(log, folders, { ...part, from: Date.parse(first.to) * 1000 }, 3);
  equal([rest.complete, valuesOf(rest)], [true, [upTo(100, 300)]]);
  for (const folder of folders) await Deno.remove(folder, { recursive: true });
});

Deno.test("a file that cannot be read is named, and the rest is there", async () => {
  const log = newLog();
  const folder = await recordedSamples(log, {}, () => append(log, 0, 10));
  await Deno.writeTextFile(`${folder}/000000.sqlite`, "no database");
  const { damaged, samples } = await read(log, [folder]);
  equal(samples, 10);
  match(damaged.join(), /000000\.sqlite: /);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a sample whose interval has one value is one point, and an end cuts it off", () => {
  const channel = new ThinnedChannel(2);
  channel.add(0, 10, 5);
  channel.add(1, 20, 1);
  channel.add(1, 21, 1);
  equal(channel.points(100), { times: [10, 20], values: [5, 1] });
  equal(channel.points(20), { times: [10], values: [5] });
});

Deno.test("an overload is neither the smallest nor the largest number: it is a point of its own, also from a summary", () => {
  const channel = new ThinnedChannel(3);
  for (const [i, value] of [1, null, 9.9e37, -9.9e37, 3, Infinity].entries()) channel.add(0, i, value);
  for (const [i, value] of [null, 2, NaN].entries()) channel.add(1, 10 + i, value);
  channel.add(2, 20, 9.91e37);
  const expected = { times: [0, 2, 4, 10, 11, 20], values: [1, 9.9e37, 3, null, 2, 9.91e37] };
  equal(channel.points(100), expected);
  const summary = { t0: 0, t1: 20, tile: 10, samples: [], events: [], channels: [{ path: [], thinned: channel }] };
  const [{ thinned }] = unpackSummary(packSummary(summary)).channels;
  const joined = new ThinnedChannel(1);
  thinned.addTo(joined, () => 0);
  equal(thinned.points(100), expected);
  equal(joined.points(100), { times: [0, 2, 4], values: [1, 9.9e37, 3] });
});

Deno.test("summaries of an earlier version, which have five columns, are read", () => {
  const columns = [[1], [3], [0], [4], [2]].map((it) => Float64Array.from(it));
  equal(new ThinnedChannel(1, columns).points(100), { times: [0, 2, 4], values: [1, null, 3] });
});

Deno.test("GET /devices/{id}/history answers from the recording and the ring, to the last key as it is described", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  await it.ask("POST /recordings", { name: "run", devices: ["daq1"] });
  await it.push(1, 3, 2);
  const { status, body } = await it.ask("GET /devices/daq1/history?points=2");
  equal(status, 200);
  equal(historySchema.parse(body), body);
  const { channels, events, oldest, complete } = body as HistoryAnswer;
  equal(channels.map(({ values }) => values), [[1, 3]]);
  equal([complete, typeof oldest, events.some(({ state }) => state === "streaming")], [true, "string", true]);
  const past = "from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z";
  const { body: nothing } = await it.ask(`GET /devices/daq1/history?${past}`);
  equal((nothing as HistoryAnswer).channels, []);
  equal((nothing as HistoryAnswer).oldest, oldest);
});

Deno.test("a history with a span, points or channels that cannot be is refused", async () => {
  await using it = await recordingBench();
  const names = Array.from({ length: 65 }, (_, i) => `c${i}`).join();
  const wrong = ["from=yesterday", "to=12:00", "points=1", "points=x", "points=5001", `channels=${names}`];
  const keys = ["points=4&points=5", "foo=1", "chanels=a"];
  for (const query of [...wrong, ...keys, "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"]) {
    const { status, body } = await it.ask(`GET /devices/daq1/history?${query}`);
    equal([query, status], [query, 400]);
    match(JSON.stringify(body), /InvalidRequest/);
  }
  equal((await it.ask("GET /devices/nix/history")).status, 404);
  match(JSON.stringify((await it.ask("GET /devices/daq1/history?points=x")).body), /expected a number, found a text/);
});

Deno.test("of a device that is recorded the history gets from the ring what is not stored, and is the same", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  await it.ask("POST /recordings", { name: "before", devices: ["daq1"] });
  await it.push(1, 2);
  await it.ask("POST /recordings", { name: "run", devices: ["daq1"] });
  await it.ask("POST /recordings/before/stop");
  await it.push(3, 4);
  const ask = async () => {
    let sent = 0;
    const start: StartHistory = (request, ring) => {
      sent = splitFramesOf(ring).length;
      return inlineHistory(request, ring);
    };
    const app = createApp(it.daemon, { host: "127.0.0.1", recordings: it.recordings, startHistory: start });
    const { samples, events } = await (await app.request("/devices/daq1/history")).json();
    await app.close();
    return { samples, gaps: gapsOf({ events } as HistoryAnswer), sent };
  };
  const run = it.recordings.get("run");
  await until("all is stored", () => it.recordings.statusOf(run).contents[0]?.samples === 2);
  equal(await ask(), { samples: 4, gaps: [], sent: 2 });
  // With the recorder gone from the feed, the ring has it all again.
  await it.recordings.stop(run);
  equal(await ask(), { samples: 4, gaps: [], sent: 4 });
});

const splitFramesOf = (ring: readonly Uint8Array[]) =>
  ring.flatMap((bytes) => [...splitFrames(bytes)]).filter(({ event }) => event === "device_data");
