/** What the daemon knows of its recorder: whether it runs, what it has stored, and how far it is behind. */
import { deepStrictEqual as equal, match, ok, throws } from "node:assert/strict";
import type { RecorderLink } from "../../lib/recording/feed/recorder_link.ts";
import { RecorderWatch } from "../../lib/recording/feed/recorder_watch.ts";
import type { RecorderReport } from "../../lib/recording/protocol/messages.ts";
import { Storage } from "../../lib/recording/storage.ts";
import { collectLog } from "../support/log.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { setPerformance } from "../support/time.ts";

/** A recorder that reports this, and ends. */
function recorderOf(reports: RecorderReport[], failure?: Error): RecorderLink {
  return {
    pid: 1,
    reports: (async function* () {
      for (const report of reports) yield await Promise.resolve(report);
      if (failure) throw failure;
    })(),
    write: () => Promise.resolve(),
    isDirect: () => false,
    writeNow: () => false,
    close: () => Promise.resolve(),
  };
}

Deno.test("a recorder that has ended is down until the next one reports, and its restarts are counted", async () => {
  const recorders = [recorderOf([{ report: "resumed" }]), recorderOf([{ report: "resumed" }], new Error("killed"))];
  const watch = new RecorderWatch(() => {
    const next = recorders.shift();
    if (!next) throw new Error("the machine has no memory left");
    return next;
  });
  equal([watch.restarts, watch.failure], [0, undefined]);
  await Array.fromAsync(watch.start().reports);
  equal([watch.restarts, watch.failure], [0, "it has ended"]);

  const reports = watch.start().reports[Symbol.asyncIterator]();
  equal([watch.restarts, watch.failure], [1, "it has ended"]);
  await reports.next();
  equal(watch.failure, undefined);
  await reports.next().catch(() => {});
  equal(watch.failure, "killed");

  throws(() => watch.start(), /no memory left/);
  equal([watch.restarts, watch.failure], [2, "the machine has no memory left"]);
});

Deno.test("the state of the storage is down without a recorder, also while the disk is full", () => {
  using _log = collectLog();
  const storage = new Storage("/recordings", 100);
  const feeds = [{ unstoredMs: 6_000 }];
  equal(storage.status(feeds).state, "slow");
  const { state, reason } = storage.status(feeds, "killed");
  equal([state, reason], ["down", "the recorder is started again: killed"]);
  storage.take({ report: "paused", reason: "the disk is full" });
  equal(storage.status(feeds, "killed").state, "down");
  equal([storage.status(feeds).state, storage.status(feeds).reason], ["paused", "the disk is full"]);
  // Nothing is recorded: no recorder is needed.
  storage.take({ report: "resumed" });
  equal([storage.status([], "killed").state, storage.status([], "killed").reason], ["idle", null]);
});

Deno.test("the state of the storage names a network share, and says when little room is left", () => {
  using log = collectLog();
  const storage = new Storage("/recordings", 100);
  equal(storage.status([]).share, null);
  for (let i = 0; i < 2; i++) storage.take({ report: "disk", freeBytes: 399, filesystem: "NFS" });
  const { state, share, free_bytes } = storage.status([{ unstoredMs: 0 }]);
  equal([state, share, free_bytes], ["low", "NFS", 399]);
  equal(log.messages.filter((it) => it.includes("network share")).length, 1);
});

Deno.test("/metrics has the recordings: what is stored and lost of a device, and the recorder's restarts", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  await it.push(1, 2);
  it.device.log.lose(7);
  await it.recordings.stop(run);
  const text = String((await it.ask("GET /metrics")).body);
  match(text, /^labdaemon_recordings\{state="stopped"\} 1$/m);
  match(text, /^labdaemon_recordings\{state="recording"\} 0$/m);
  match(text, /^labdaemon_device_recorded_samples_total\{device="daq1"\} 2$/m);
  match(text, /^labdaemon_device_recorded_lost_samples_total\{device="daq1"\} 5$/m);
  match(text, /^labdaemon_device_recording_behind_seconds\{device="daq1"\} 0$/m);
  match(text, /^labdaemon_recorder_restarts_total 0$/m);
  const [, bytes] = /^labdaemon_device_recorded_bytes_total\{device="daq1"\} (\d+)$/m.exec(text)!;
  equal(Number(bytes), it.recordings.statusOf(run).contents[0].bytes);
  ok(Number(bytes) > 0);
});

Deno.test("while the disk is full, a recording is behind by the time that nothing was stored", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const run = await it.recordings.start({ name: "run" });
  await it.push(1);
  {
    using clock = setPerformance();
    it.recorders.pause("the disk is full");
    await it.push(2);
    equal(it.recordings.storage.state, "paused");
    const before = it.recordings.progress.behindMs(it.device.log);
    clock.advance(3_000);
    equal(Math.round(it.recordings.progress.behindMs(it.device.log) - before), 3_000);
  }
  it.recorders.resume();
  await it.recordings.stop(run);
  equal(it.recordings.progress.behindMs(it.device.log), 0);
});
