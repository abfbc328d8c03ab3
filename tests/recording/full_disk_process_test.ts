/** A disk that runs full, by the recorder's process: a warning at the margin, a stop with an exact gap, and on when there is room. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { statfsSync } from "node:fs";
import { startRecorderProcess } from "../../lib/recording/feed/recorder_process.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { Segment } from "../../lib/recording/store/segment.ts";
import { listFiles, listSegments } from "../../lib/recording/store/segment_files.ts";
import { SegmentReader } from "../../lib/recording/store/segment_reader.ts";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import { canMount, mountMemory, unmount } from "../support/memory_disk.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

const MIB = 1024 * 1024;

/** A text that no one can compress. */
const noise = (size: number) => crypto.getRandomValues(new Uint8Array(size)).toBase64();

/** Records until the disk is full, goes on streaming, makes room, and goes on recording. */
async function fillDisk(minFreeBytes: number) {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  ok(await mountMemory(folder));
  try {
    await Deno.writeFile(`${folder}/ballast`, new Uint8Array(9 * MIB));
    await using bench = await scriptedBench({ ring: { maxBytes: 256 * 1024, maxAgeMs: 600_000 } });
    const startRecorder = () => startRecorderProcess({ folder, minFreeBytes });
    const recordings = await Recordings.open({ bench: bench.daemon, folder, minFreeBytes, startRecorder });
    await bench.device.connect();
    const recording = await recordings.start({ name: "run" });
    let pushed = 0;
    const push = async () => {
      bench.instrument.push(noise(48 * 1024));
      const last = pushed++;
      await bench.watch.next(({ event, sequence }) => event === "device_data" && sequence === last);
    };
    const states = new Set<string>();
    const pushUntil = (state: string) =>
      until(() => `${state} after ${pushed} samples`, async () => {
        // Others fill the disk below its margin; without one, the samples do.
        if (minFreeBytes === 0 || pushed < 3) await push();
        states.add(recordings.storage.state);
        return recordings.storage.state === state;
      });
    if (minFreeBytes > 0) {
      await push();
      await until("a sample is stored", () => recordings.statusOf(recording).contents[0]?.samples === 1);
      await Deno.writeFile(`${folder}/more`, new Uint8Array(4 * MIB));
      await pushUntil("low");
      await push();
      await Deno.writeFile(`${folder}/ballast`, new Uint8Array(2.5 * MIB), { append: true });
    }
    await pushUntil("paused");
    const { reason } = recordings.storage;
    // The bench goes on: more than the ring has.
    for (let i = 0; i < 20; i++) await push();
    await Deno.remove(`${folder}/ballast`);
    await until("recording goes on", () => recordings.storage.state !== "paused");
    await push();
    await recordings.stop(recording);
    await recording.stopping;
    const events = [...storedEvents(recording.folder)].map(({ data }) => JSON.parse(data));
    await recordings.close();
    return { events, pushed, reason, states };
  } finally {
    await unmount(folder);
    await Deno.remove(folder);
  }
}

for (const [name, minFreeBytes] of [["below min_free", MIB], ["full", 0]] as const) {
  Deno.test({
    name:
      `a disk that is ${name}: the bench streams on, a gap has each sample that was not recorded, and recording goes on`,
    ignore: !await canMount(),
    async fn() {
      const { events, pushed, reason, states } = await fillDisk(minFreeBytes);
      let next = 0;
      let lost = 0;
      for (const { event, sequence, from, to } of events) {
        if (event === "device_data") equal(sequence, next++);
        if (event !== "gap") continue;
        equal(from, next);
        lost += to - from + 1;
        next = to + 1;
      }
      equal(next, pushed);
      ok(lost > 0);
      match(reason!, minFreeBytes > 0 ? /min_free/ : /full/);
      equal(events.find(({ event, state }) => event === "recording" && state === "resumed").reason, reason);
      const warned = events.some(({ event, state }) => event === "recording" && state === "low");
      equal([warned, states.has("low")], [minFreeBytes > 0, minFreeBytes > 0]);
    },
  });
}

Deno.test({
  name: "a disk that runs full while the next file of a recording is begun leaves no file that cannot be read",
  ignore: !await canMount(),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "recordings" });
    ok(await mountMemory(folder));
    try {
      let refused = 0;
      const room = () => {
        const { bavail, bsize } = statfsSync(folder);
        return bavail * bsize;
      };
      for (let kib = 0; kib <= 240; kib += 4) {
        await Deno.writeFile(`${folder}/ballast`, new Uint8Array(Math.max(0, room() - kib * 1024)));
        const path = `${folder}/${String(kib).padStart(6, "0")}.sqlite`;
        try {
          new Segment(path).close();
        } catch {
          refused++;
        }
        await Deno.remove(`${folder}/ballast`);
        // A child that another test starts just now has the file open until it runs its program.
        await until("there is room again", () => room() > 8 * MIB);
        for (const name of listSegments(folder)) {
          using reader = new SegmentReader(`${folder}/${name}`);
          equal([reader.damage(), reader.totals()], [undefined, []], `${kib} KiB`);
        }
        for (const name of listFiles(folder)) await Deno.remove(`${folder}/${name}`);
      }
      ok(refused > 5, `${refused} disks were too full`);
    } finally {
      await unmount(folder);
      await Deno.remove(folder);
    }
  },
});
