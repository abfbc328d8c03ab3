import { cpuUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { LabDaemon } from "../../lib/daemon.ts";
import { createApp } from "../../lib/http/app.ts";
import { startRecorderProcess } from "../../lib/recording/feed/recorder_process.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { cpuSeconds } from "../proc.ts";
import type { Device } from "../../lib/device/device.ts";
import { delay } from "./producers.ts";

/** Devices that stream, each in the process of its driver. */
export interface Streams {
  name: string;
  devices: { driver: string; params?: Record<string, unknown>; options: Record<string, unknown> }[];
}

/** Without a recording, a measurement is no longer than this. */
const MAX_ALONE_SECONDS = 60;

const READER = fileURLToPath(new URL("reader.ts", import.meta.url));

/** The ends of a run, which are not measured. */
const SETTLE_MS = 1_000;

/**
 * A whole daemon, which is this process, with the devices' drivers in processes of their own: its CPU with and without a
 * recording, in turns, so that what else the machine does counts in both. Returns the number of samples that were lost.
 *
 * @param memory The folders that may be in memory; by default, those of the system.
 * @param isRead True to have one reader on each stream, a program of its own.
 */
export async function daemonAtWork(
  { name, devices }: Streams,
  seconds: number,
  rounds: number,
  { memory, isRead = false }: { memory?: string[]; isRead?: boolean } = {},
): Promise<number> {
  await using daemon = new LabDaemon();
  for (const folder of ["../../drivers/", "../drivers/"]) await daemon.loadDrivers(new URL(folder, import.meta.url));
  const streaming: Device[] = [];
  for (const [i, { driver, params = {}, options }] of devices.entries()) {
    const device = await daemon.addDevice(`dev${i}`, driver, params, { options });
    await device.connect();
    await device.startStreaming();
    streaming.push(device);
  }
  const folder = await Deno.makeTempDir({ prefix: "recording-benchmark" });
  const recordings = await Recordings.open({
    bench: daemon,
    folder,
    startRecorder: () => startRecorderProcess({ folder, minFreeBytes: 0, memory }),
    minFreeBytes: 0,
  });
  await using _read = isRead ? readAll(daemon, streaming) : undefined;
  await delay(2 * SETTLE_MS);
  // It starts the recorder. What comes meanwhile is more than the ring of a fast device holds.
  const first = await recordings.start({ name: "first" });
  await delay(SETTLE_MS);
  await recordings.stop(first);
  await delay(SETTLE_MS);
  const totals = () => ({
    samples: streaming.reduce((sum, { log }) => sum + log.sequence, 0),
    bytes: streaming.reduce((sum, { log }) => sum + log.counts.bytes, 0),
  });
  const measured = async (seconds: number) => {
    const [before, cpu, start] = [totals(), cpuUsage(), performance.now()];
    await delay(seconds * 1000);
    const { user, system } = cpuUsage(cpu);
    const [after, passed] = [totals(), (performance.now() - start) / 1000];
    return {
      cores: (user + system) / 1e6 / passed,
      samples: (after.samples - before.samples) / passed,
      megabytes: (after.bytes - before.bytes) / 1e6 / passed,
    };
  };
  const mores: number[] = [];
  const sums = { alone: 0, recording: 0, recorder: 0, samples: 0, megabytes: 0 };
  let [stored, lost, bytes] = [0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    const alone = (await measured(Math.min(seconds, MAX_ALONE_SECONDS))).cores;
    sums.alone += alone / rounds;
    const run = await recordings.start({ name: `run${round}` });
    await delay(SETTLE_MS);
    const recorder = cpuSeconds(recordings.recorderPid!);
    const { cores, samples, megabytes } = await measured(seconds);
    sums.recorder += (cpuSeconds(recordings.recorderPid!) - recorder) / seconds / rounds;
    sums.recording += cores / rounds;
    mores.push(cores - alone);
    sums.samples += samples / rounds;
    sums.megabytes += megabytes / rounds;
    await recordings.stop(run);
    for (const it of recordings.statusOf(run).contents) {
      stored += it.samples;
      lost += it.lost;
      bytes += it.bytes;
    }
    await delay(SETTLE_MS);
  }
  const more = mores.sort((a, b) => a - b)[rounds >> 1];
  console.log(
    `${name}${isRead ? ", each read" : ""}: ${sums.samples.toFixed(0)} samples/s, ${
      sums.megabytes.toFixed(1)
    } MB/s, ${rounds} rounds`,
  );
  console.log(
    `  daemon ${sums.alone.toFixed(3)} cores, recording ${sums.recording.toFixed(3)}; the median of the differences ` +
      `${(more * 1000).toFixed(1)} ms/s: +${(more / sums.alone * 100).toFixed(1)} %; recorder ${
        sums.recorder.toFixed(3)
      }`,
  );
  console.log(`  stored ${stored}, lost ${lost}; ${(bytes / stored).toFixed(1)} bytes a sample`);
  await recordings.close();
  for (const device of streaming) await device.stopStreaming();
  await Deno.remove(folder, { recursive: true });
  return lost;
}

/** Serves the streams of devices to a program that reads them. */
function readAll(daemon: LabDaemon, devices: readonly Device[]): AsyncDisposable {
  const app = createApp(daemon);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => app.fetch(request));
  const urls = devices.map(({ id }) => `http://127.0.0.1:${server.addr.port}/stream/devices/${id}`);
  const reader = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net=127.0.0.1", READER, ...urls],
    stdin: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      await app.close();
      const { success } = await reader.status;
      if (!success) throw new Error("the reader has failed");
      await server.shutdown();
    },
  };
}
