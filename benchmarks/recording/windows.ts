import { cpuUsage } from "node:process";
import { readHistory } from "../../lib/recording/history/read_history.ts";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import { readIndex } from "../../lib/recording/store/segment_index.ts";
import { delay, produce, producer, recording } from "./producers.ts";

const WINDOWS = 300;

/** The first ones are apart: they open the files, and their code is not compiled yet. */
const FIRST = 5;
const SECOND = 1_000_000_000n;

type Cpu = ReturnType<typeof cpuUsage>;

/** CPU milliseconds of this process between two moments, the producer and the collector of garbage included. */
const cpuMs = (from: Cpu, to: Cpu) => (to.user + to.system - from.user - from.system) / 1000;

/** Random windows of one second of a recording, while another one is recorded: each in the process that reads. */
export async function randomWindows(folder: string, recordedSeconds: number): Promise<void> {
  const extents = [...readIndex(folder).values()].flatMap((it) => it.extents);
  const from = extents.reduce((least, { t0 }) => t0 < least ? t0 : least, extents[0].t0);
  const to = extents.reduce((most, { t1 }) => t1 > most ? t1 : most, 0n);
  const beside = await Deno.makeTempDir({ prefix: "recording-benchmark" });
  const producers = [producer("daq9", 200, Math.sin)];
  const run = recording(producers, beside);
  const producing = produce(producers, recordedSeconds);
  const times: Record<string, number[]> = { samples: [], "samples, CPU": [], plot: [], "plot, CPU": [] };
  let count = 0;
  for (let i = 0; i < WINDOWS; i++) {
    const start = from + BigInt(Math.floor(Math.random() * Number((to - from) / SECOND - 1n))) * SECOND;
    const [begun, cpu] = [performance.now(), cpuUsage()];
    for (const _ of storedEvents(folder, { devices: ["daq1"], from: start, to: start + SECOND })) count++;
    const [middle, cpuMiddle] = [performance.now(), cpuUsage()];
    const { samples } = await readHistory({
      ...{ device: "daq1", sample: null, root: null, folders: [folder], key: "now", maxMs: 5_000, maxChannels: 64 },
      ...{ from: Number(start / 1000n), to: Number((start + SECOND) / 1000n), points: 1000 },
    }, ReadableStream.from([]));
    if (samples === 0) throw new Error("a window is empty");
    times.samples.push(middle - begun);
    times["samples, CPU"].push(cpuMs(cpu, cpuMiddle));
    times.plot.push(performance.now() - middle);
    times["plot, CPU"].push(cpuMs(cpuMiddle, cpuUsage()));
    await delay(20);
  }
  await producing;
  await run.stop();
  console.log(
    `${WINDOWS} random windows of 1 s of ${folder}, ${Number((to - from) / SECOND)} s, ${
      Math.round(count / WINDOWS)
    } samples each, while 10,000 samples/s are recorded`,
  );
  for (const [name, [...list]] of Object.entries(times)) {
    const first = list.splice(0, FIRST);
    list.sort((a, b) => a - b);
    const at = (part: number) => list[Math.ceil(list.length * part) - 1].toFixed(1);
    const most = Math.max(...first).toFixed(1);
    console.log(`  ${name}: p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ms; of the first ${FIRST}: ${most} ms`);
  }
  await Deno.remove(beside, { recursive: true });
}
