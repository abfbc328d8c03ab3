/** Devices that are always recorded, and how much of that is kept. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { expired, segmentLimits } from "../../lib/recording/retention.ts";
import { ContinuousRecordings } from "../../lib/recording/continuous.ts";
import { RecordingTable } from "../../lib/recording/recording_table.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { listSegments } from "../../lib/recording/store/segment_files.ts";
import { payloadsIn, recordingBench } from "../support/recording_bench.ts";
import { fakeTime } from "../support/time.ts";
import { until } from "../support/until.ts";

const files = [
  { name: "000001.sqlite", bytes: 50, writtenMs: 1_000 },
  { name: "000002.sqlite", bytes: 50, writtenMs: 2_000 },
  { name: "000003.sqlite", bytes: 500, writtenMs: 3_000 },
];

Deno.test("the oldest files go first, by age or by size, and never the newest", () => {
  const all = { maxAgeMs: Infinity, maxBytes: Infinity };
  equal(expired(files, all, 1e9), []);
  equal(expired(files, { ...all, maxAgeMs: 500 }, 2_000), ["000001.sqlite"]);
  equal(expired(files, { ...all, maxBytes: 550 }, 0), ["000001.sqlite"]);
  equal(expired(files, { maxAgeMs: 0, maxBytes: 0 }, 1e9), ["000001.sqlite", "000002.sqlite"]);
  equal(segmentLimits({ maxAgeMs: 4_000, maxBytes: Infinity }), { maxMs: 1_000, maxBytes: Infinity });
});

Deno.test("a device with record: always is recorded from the start, again after a restart, and its oldest files are removed", async () => {
  await using it = await recordingBench();
  await it.recordings.close();
  const { daemon: bench, folder, recorders: { start: startRecorder } } = it;
  const retention = { maxAgeMs: Infinity, maxBytes: 0 };
  const open = (always: ReadonlyMap<string, typeof retention>) =>
    Recordings.open({ bench, folder, startRecorder, minFreeBytes: 0, always });
  await it.device.connect();
  it.recordings = await open(new Map([["daq1", retention]]));
  await it.push(1);
  await it.recordings.close();
  it.recordings = await open(new Map([["daq1", retention]]));
  await it.push(2);
  await it.recordings.close();
  const [run, ...others] = it.recordings.all;
  equal([run.id, run.isAlways, run.isStopped, others.length], ["always-daq1", true, false, 0]);
  equal(payloadsIn(it.stored("always-daq1")), [1, 2]);
  // Each transaction is larger than a quarter of nothing, and ends its file.
  const before = listSegments(run.folder);
  ok(before.length >= 2);
  await it.recordings.applyRetention();
  equal(listSegments(run.folder), before.slice(-1));
  it.recordings = await open(new Map());
  equal(it.recordings.get("always-daq1").isStopped, true);
});

Deno.test("the contents of a continuous recording count what the retention has left", async () => {
  await using it = await recordingBench();
  await it.recordings.close();
  const { daemon: bench, folder, recorders: { start: startRecorder } } = it;
  const always = new Map([["daq1", { maxAgeMs: Infinity, maxBytes: 0 }]]);
  await it.device.connect();
  it.recordings = await Recordings.open({ bench, folder, startRecorder, minFreeBytes: 0, always });
  const run = it.recordings.get("always-daq1");
  const samples = () => it.recordings.statusOf(run).contents[0]?.samples;
  for (const n of [1, 2, 3]) {
    await it.push(n);
    await until(`${n} samples are stored`, () => samples() === n);
  }
  await it.recordings.applyRetention();
  await until("what is left was counted", () => samples() !== 3);
  const left = payloadsIn(it.stored("always-daq1"));
  equal([samples(), left.at(-1)], [left.length, 3]);
  ok(left.length < 3);
  await it.push(4);
  await until("the next sample is counted, too", () => samples() === left.length + 1);
});

Deno.test("the continuous recording of a device does not begin in a folder whose description cannot be read", async () => {
  const root = await Deno.makeTempDir({ prefix: "recordings" });
  const description = `${root}/always-daq1/recording.json`;
  await Deno.mkdir(`${root}/always-daq1`);
  await Deno.writeTextFile(description, "");
  const all = new RecordingTable(root);
  await all.load();
  const continuous = new ContinuousRecordings({
    always: new Map([["daq1", { maxAgeMs: Infinity, maxBytes: Infinity }]]),
    all,
    removed: () => {},
  });
  await continuous.load();
  continuous.stop();
  equal([all.list.map(({ id }) => id), await Deno.readTextFile(description)], [["always-daq1-2"], ""]);
  await Deno.remove(root, { recursive: true });
});

Deno.test("a daemon that starts again more than once a minute keeps to its retention: its disk ran full", async () => {
  const root = await Deno.makeTempDir({ prefix: "recordings" });
  const folder = `${root}/always-daq1`;
  const file = (n: number) => `${folder}/00000${n}.sqlite`;
  using time = fakeTime();
  for (let start = 1; start <= 3; start++) {
    const removed = Promise.withResolvers<void>();
    const always = new Map([["daq1", { maxAgeMs: Infinity, maxBytes: 4 }]]);
    const all = new RecordingTable(root);
    await all.load();
    const continuous = new ContinuousRecordings({ always, all, removed: () => removed.resolve() });
    await continuous.load();
    for (const n of [start, start + 1]) await Deno.writeTextFile(file(n), "rows");
    await time.tick(20_000);
    await removed.promise;
    equal(listSegments(folder), [`00000${start + 1}.sqlite`]);
    continuous.stop();
  }
  await Deno.remove(root, { recursive: true });
});
