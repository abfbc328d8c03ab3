/**
 * Measures recordings, and kills recorders: `deno run -A benchmarks/recording.ts [seconds] [kills]`.
 *
 * 1. 100,000 scalar samples/s of four devices, and 100 MB/s of waveforms, each with and without a recording: the CPU of this
 *    process, which stands for the daemon's, and of the recorder; the bytes of a sample; the samples in gaps.
 * 2. Random windows of one second while it records: the time until the samples are there, without the start of a process.
 * 3. SIGKILL of the recorder at random moments: what is stored must be what was produced, less what gaps count.
 *
 * @module
 */
import { startRecorderProcess } from "../lib/recording/feed/recorder_process.ts";
import { DeviceFeed } from "../lib/recording/feed/device_feed.ts";
import { Feeder } from "../lib/recording/feed/feeder.ts";
import { storedEvents, storedRows } from "../lib/recording/store/stored_events.ts";
import { makeBlock, sampleFramer } from "../lib/stream/mod.ts";
import { StreamLog } from "../lib/stream/stream_log.ts";

const [seconds = 10, kills = 20] = Deno.args.map(Number);

/** The period of the producers. */
const PERIOD_MS = 20;

/** A device whose samples are made before they are needed: the producer costs as little as a driver's process would. */
interface Producer {
  log: StreamLog;
  /** Appends the samples of one period. */
  produce(): void;
}

function producer(deviceId: string, count: number, payload: (i: number) => unknown): Producer {
  const log = new StreamLog({ deviceId, epoch: "bench", ring: { maxBytes: 64 * 1024 ** 2, maxAgeMs: 600_000 } });
  const frame = sampleFramer({ deviceId, epoch: "bench", arrays: "base64" });
  return {
    log,
    produce() {
      const first = log.sequence;
      log.append(makeBlock(first, Array.from({ length: count }, (_, i) => frame(first + i, payload(first + i)))));
    },
  };
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** CPU seconds of a process, its threads included. */
function cpuOf(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Runs producers for some seconds. `tick` is called after each period. */
async function produce(producers: readonly Producer[], forSeconds: number, tick = () => {}): Promise<void> {
  const begun = performance.now();
  for (let period = 1; period * PERIOD_MS <= forSeconds * 1000; period++) {
    for (const it of producers) it.produce();
    tick();
    await delay(Math.max(0, begun + period * PERIOD_MS - performance.now()));
  }
}

function recording(producers: readonly Producer[], folder: string) {
  const totals = { samples: 0, lost: 0, bytes: 0 };
  const feeder = new Feeder(() => startRecorderProcess({ folder, minFreeBytes: 0 }), {
    opened: (_, { totals: found }) => void found,
    stored(feed, part) {
      feed.stored(part.entry);
      totals.samples += part.samples;
      totals.lost += part.lost;
      totals.bytes += part.bytes;
    },
    report() {},
  });
  const feeds = producers.map(({ log }) => new DeviceFeed({ log, folder, start: "now", describe: () => ({}) }));
  for (const feed of feeds) feeder.add(feed);
  return {
    totals,
    feeder,
    async stop() {
      for (const feed of feeds) feed.end();
      feeder.wake();
      await Promise.all(feeds.map(({ closed }) => closed));
      await feeder.close();
    },
  };
}

async function throughput(name: string, make: () => Producer[]): Promise<void> {
  const before = cpuOf(Deno.pid);
  await produce(make(), seconds);
  const alone = cpuOf(Deno.pid) - before;
  const folder = await Deno.makeTempDir({ prefix: "recording-benchmark" });
  const producers = make();
  const run = recording(producers, folder);
  for (const it of producers) it.produce();
  while (run.totals.samples === 0) await delay(10);
  const pid = run.feeder.pid!;
  const middle = cpuOf(Deno.pid);
  await produce(producers, seconds);
  const recorded = cpuOf(Deno.pid) - middle;
  const recorder = cpuOf(pid);
  await run.stop();
  const produced = producers.reduce((sum, { log }) => sum + log.sequence, 0);
  const megabytes = producers.reduce((sum, { log }) => sum + log.counts.bytes, 0) / 1e6;
  console.log(
    `${name}: ${(produced / seconds).toFixed(0)} samples/s, ${(megabytes / seconds).toFixed(1)} MB/s for ${seconds} s`,
  );
  console.log(
    `  this process ${(alone / seconds).toFixed(3)} cores alone, ${(recorded / seconds).toFixed(3)} recording`,
  );
  console.log(
    `  recorder ${(recorder / seconds).toFixed(3)} cores; ${
      (run.totals.bytes / run.totals.samples).toFixed(1)
    } bytes a sample`,
  );
  console.log(`  stored ${run.totals.samples} + lost ${run.totals.lost} of ${produced}`);
  await Deno.remove(folder, { recursive: true });
}

async function windows(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "recording-benchmark" });
  const producers = [producer("daq1", 2_000, Math.sin)];
  const run = recording(producers, folder);
  const begun = Date.now();
  await produce(producers, seconds);
  const times: number[] = [];
  const rowTimes: number[] = [];
  const producing = produce(producers, 5);
  for (let i = 0; i < 100; i++) {
    const from = BigInt(Math.round(begun + 300 + Math.random() * (seconds * 1000 - 1_500))) * 1_000_000n;
    const window = { devices: ["daq1"], from, to: from + 1_000_000_000n };
    const beforeRows = performance.now();
    for (const row of storedRows(folder, window)) if (row instanceof Error) throw row;
    rowTimes.push(performance.now() - beforeRows);
    const start = performance.now();
    let count = 0;
    for (const _ of storedEvents(folder, window)) count++;
    times.push(performance.now() - start);
    if (count === 0) throw new Error("a window is empty");
    await delay(20);
  }
  await producing;
  await run.stop();
  for (const list of [times, rowTimes]) list.sort((a, b) => a - b);
  const show = (list: number[]) => `p50 ${list[50].toFixed(1)}, p99 ${list[99].toFixed(1)} ms`;
  console.log(`windows of 1 s at 100,000 samples/s: the frames ${show(rowTimes)}; each event apart ${show(times)}`);
  await Deno.remove(folder, { recursive: true });
}

async function killed(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "recording-benchmark" });
  const producers = [producer("daq1", 200, (i) => i)];
  const run = recording(producers, folder);
  let done = 0;
  let next: number | undefined;
  let last: number | undefined;
  let stored = 0;
  while (done < kills) {
    await produce(producers, 0.2, () => {
      const { pid } = run.feeder;
      if (pid === undefined || pid === last || run.totals.samples === stored) return;
      next ??= performance.now() + Math.random() * 1_000;
      if (performance.now() < next) return;
      Deno.kill(pid, "SIGKILL");
      last = pid;
      next = undefined;
      stored = run.totals.samples;
      done++;
    });
  }
  await run.stop();
  let expected = 0;
  let lost = 0;
  for (const { event, data } of storedEvents(folder)) {
    const { sequence, from, to } = JSON.parse(data);
    if (event === "device_data" && sequence !== expected++) {
      throw new Error(`sample ${sequence} in the place of ${expected - 1}`);
    }
    if (event === "gap") {
      if (from !== expected) throw new Error(`a gap from ${from} in the place of ${expected}`);
      lost += to - from + 1;
      expected = to + 1;
    }
  }
  const { sequence } = producers[0].log;
  if (expected !== sequence) throw new Error(`${expected} of ${sequence} samples are accounted for`);
  console.log(`${kills} kills: all of ${sequence} samples are accounted for, ${lost} of them in gaps`);
  await Deno.remove(folder, { recursive: true });
}

const waveform = Float32Array.from({ length: 65_536 }, (_, i) => Math.sin(i / 100));
await throughput("scalars", () => Array.from({ length: 4 }, (_, i) => producer(`daq${i}`, 500, Math.sin)));
// 65,536 floats are 350 KB of base64; six of them in 20 ms are 105 MB/s.
await throughput("waveforms", () => [producer("scope1", 6, () => waveform)]);
await windows();
await killed();
