/** The process that reads recordings for a hub: one for all devices of a bench. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { childrenOf } from "../../benchmarks/proc.ts";
import { Backlog } from "../../lib/recording/backlog/backlog.ts";
import { decodeFrames } from "../../lib/stream/mod.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** The processes of this one that read recordings. */
const readers = () =>
  childrenOf(Deno.pid).filter((pid) => {
    try {
      return Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes("backlog/main.ts");
    } catch {
      return false;
    }
  });

/** The niceness of a process; of its session, where the kernel shares processors out to sessions. */
function nicenessOf(pid: number): number {
  try {
    return Number(/nice (-?\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/autogroup`))![1]);
  } catch {
    // The niceness is field 19; the name of the program has parentheses.
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[16]);
  }
}

async function numbersOf(parts: AsyncIterable<{ bytes: Uint8Array }>): Promise<number[]> {
  const found: number[] = [];
  for await (const { bytes } of parts) {
    for (const it of decodeFrames(bytes)) if (it.event === "device_data") found.push(it.sequence);
  }
  return found;
}

Deno.test("a bench whose devices are all behind at its hub reads their recordings in one process, each device to its end", async () => {
  await using bench = await recordingBench();
  const recording = await bench.recordings.start({ name: "all" });
  await bench.device.connect();
  await bench.device.startStreaming();
  const { log } = bench.device;
  const backlog = new Backlog(bench.recordings);
  await bench.push(...Array.from({ length: 50 }, (_, i) => i));
  await until("it is stored", () => !backlog.isStoring(log));
  const limits = { partBytes: 1_000 };
  const places = [undefined, { epoch: log.epoch, sequence: 20 }, { epoch: log.epoch, sequence: 45 }];
  const read = () => places.map((place) => backlog.behind(log.deviceId, place, limits)!);
  const all = Array.from({ length: 50 }, (_, i) => i);
  const found = read().map(numbersOf);
  await until("it reads", () => readers().length > 0);
  equal(readers().length, 1);
  const lowered = readers()[0];
  await until("it gives way to all else", () => nicenessOf(lowered) === 10);
  equal(await Promise.all(found), [all, all.slice(20), all.slice(45)]);
  // The next reading is by the same process; one that is given up ends nothing for the others.
  const [pid] = readers();
  const [whole, part] = read();
  for await (const _ of part) break;
  equal(await numbersOf(whole), all);
  equal(readers(), [pid]);
  // What is asked of a process that was killed is an error, so that its place at the hub is looked for again: it is no end.
  const cut = backlog.behind(log.deviceId, undefined, limits)![Symbol.asyncIterator]();
  await cut.next();
  Deno.kill(pid, "SIGKILL");
  await rejects(async () => {
    while (!(await cut.next()).done);
  }, /has ended/);
  equal(await numbersOf(read()[0]), all);
  // Without readers it ends.
  await until("it has ended", () => readers().length === 0);
  // Prepared for while the hub is away, it is there before the first reader, and reads for it.
  backlog.prepare();
  backlog.prepare();
  await until("it has started", () => readers().length > 0);
  const prepared = readers();
  equal(prepared.length, 1);
  equal(await numbersOf(read()[1]), all.slice(20));
  equal(readers(), prepared);
  await until("it has ended again", () => readers().length === 0);
  await bench.recordings.stop(recording);
});
