/**
 * Measures how old the newest stored sample is while others use the processor: what a kill of the daemon and of its recorder would
 * cost at each moment, and for how long their threads waited for the processor meanwhile. Linux; needs `taskset` of util-linux.
 * `deno run -A benchmarks/recording/late.ts [others] [seconds]`. Daemon, recorder and `others` programs share one processor.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { TextLineStream } from "../../tests/support/text_lines.ts";
import { listSegments } from "../../lib/recording/store/segment_files.ts";
import { delay } from "./producers.ts";
import { newRun } from "./new_run.ts";

const [others = "8", seconds = "12"] = Deno.args;
const DAEMON = fileURLToPath(new URL("./killed.ts", import.meta.url));

/** The time between two looks. */
const LOOK_MS = 5;

/** A program on the processor that all share. */
function start(...command: string[]): Deno.ChildProcess {
  return new Deno.Command("taskset", { args: ["-c", "0", ...command], stdout: "piped", stderr: "null" }).spawn();
}

/** For how long some threads of a process have waited for a processor, in milliseconds. */
function waited(pid: number, isOf: (name: string, number: number) => boolean): number {
  const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => Number(name)).sort((a, b) => a - b);
  let ms = 0;
  for (const [i, thread] of threads.entries()) {
    const folder = `/proc/${pid}/task/${thread}`;
    if (!isOf(Deno.readTextFileSync(`${folder}/comm`), i)) continue;
    ms += Number(Deno.readTextFileSync(`${folder}/schedstat`).split(" ")[1]) / 1e6;
  }
  return ms;
}

const root = await Deno.makeTempDir({ prefix: "recording-benchmark" });
const folder = await newRun(root);
const daemon = start(Deno.execPath(), "run", "-A", "--no-check", "--cached-only", DAEMON, root, `${root}/progress`);
const lines = daemon.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
let recorder = 0;
for await (const line of lines) {
  recorder = JSON.parse(line).recorder ?? 0;
  if (recorder) break;
}
const busy = Array.from({ length: Number(others) }, () => start("sh", "-c", "while :; do :; done"));
const db = new DatabaseSync(`${folder}/${listSegments(folder).at(-1)}`);
const newest = db.prepare("SELECT t1 FROM row ORDER BY id DESC LIMIT 1");
newest.setReadBigInts(true);

const waits = () => [
  waited(daemon.pid, (_, i) => i === 0),
  waited(recorder, (_, i) => i === 0),
  waited(recorder, (name) => name.startsWith("worker")),
];
const looks: { at: number; ageMs: number; waits: number[]; waitedMs: number }[] = [];
const end = performance.now() + Number(seconds) * 1000;
while (performance.now() < end) {
  const at = Date.now();
  const ageMs = at - Number(newest.get()!.t1) / 1e6;
  const now = waits();
  const since = looks.findLast((it) => it.at <= at - ageMs) ?? looks[0];
  const waitedMs = since ? now.reduce((sum, ms, i) => sum + ms - since.waits[i], 0) : 0;
  looks.push({ at, ageMs, waits: now, waitedMs });
  await delay(LOOK_MS);
}
for (const child of [daemon, ...busy]) child.kill("SIGKILL");
const percentiles = (values: number[]) => {
  values.sort((a, b) => a - b);
  return [0.5, 0.99, 1].map((part) => values[Math.ceil(part * values.length) - 1].toFixed(0)).join(", ");
};
console.log(`${looks.length} looks, ${others} other programs; p50, p99, most, in ms:`);
console.log(`  the age of the newest sample that is stored: ${percentiles(looks.map(({ ageMs }) => ageMs))}`);
const rest = looks.map(({ ageMs, waitedMs }) => Math.max(0, ageMs - waitedMs));
console.log(`  less the time for which the threads waited for the processor: ${percentiles(rest)}`);
db.close();
await delay(1000);
await Deno.remove(root, { recursive: true });
Deno.exit();
