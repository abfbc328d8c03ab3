import { fileURLToPath } from "node:url";
import { TextLineStream } from "../../tests/support/text_lines.ts";
import { blockText } from "../../lib/recording/store/columns/block.ts";
import { nanoseconds, splitFrames } from "../../lib/recording/store/frames.ts";
import { checkSegments, listSegments } from "../../lib/recording/store/segment_files.ts";
import { SegmentReader } from "../../lib/recording/store/segment_reader.ts";
import { delay } from "./producers.ts";
import { newRun } from "./new_run.ts";

const DAEMON = fileURLToPath(new URL("./killed.ts", import.meta.url));

/** What is killed: the recorder alone leaves the daemon, which starts another one. */
const VICTIMS = ["recorder", "daemon", "recorder", "both"] as const;

/** A kill comes between these times after the recorder has caught up: until then only the ring of the device has what came. */
const MIN_MS = 50;
const MAX_MS = 1_200;

/** What a kill may cost beside the time that the disk takes. */
const MAX_LOSS_MS = 250;

/** Prints how far it has got after so many kills. */
const PRINT_EVERY = 50;

/** A daemon that records, in a process of its own. */
class Victim {
  recorder: number | undefined;
  readonly epoch: Promise<string>;
  readonly #child: Deno.ChildProcess;
  readonly #progress: string;

  constructor(folder: string, progress: string) {
    this.#progress = progress;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--cached-only", DAEMON, folder, progress],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#child = child;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.epoch = promise;
    (async () => {
      const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
      for await (const line of lines) {
        const { epoch, recorder } = JSON.parse(line);
        if (epoch) resolve(epoch);
        this.recorder = recorder ?? this.recorder;
      }
      reject(new Error("the daemon has ended by itself"));
    })();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  get ended(): Promise<unknown> {
    return this.#child.status;
  }

  /** The number of samples that its log had, and the time of that; in milliseconds. */
  get produced(): { next: number; at: number } {
    const [next, at] = new Float64Array(Deno.readFileSync(this.#progress).buffer);
    return { next, at };
  }
}

/**
 * SIGKILL of the recorder, of the daemon, and of both, at random moments. After each, the files must open at once and be whole,
 * each number of a run must be stored or be in a gap, and the next run must begin behind a gap.
 */
export async function randomKills(kills: number): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "recording-benchmark" });
  const folder = await newRun(root);
  const run = new StoredRun(folder);
  const counts = { recorder: 0, daemon: 0, both: 0 };
  let victim: Victim | undefined;
  for (let done = 1; done <= kills; done++) {
    victim ??= new Victim(root, `${root}/progress`);
    const epoch = await victim.epoch;
    const killed = VICTIMS[Math.floor(Math.random() * VICTIMS.length)];
    while (victim.recorder === undefined) await delay(10);
    await delay(MIN_MS + Math.random() * (MAX_MS - MIN_MS));
    counts[killed]++;
    const { recorder } = victim;
    const killedAt = Date.now();
    if (killed !== "daemon") Deno.kill(recorder, "SIGKILL");
    if (killed === "recorder") victim.recorder = undefined;
    else {
      victim.kill();
      await victim.ended;
      while (isAlive(recorder)) await delay(10);
      // What comes between two kills is no loss of the first one.
      const { next, at } = victim.produced;
      run.check(epoch, { next, at: killed === "both" ? Math.min(at, killedAt) : at }, killed);
      victim = undefined;
    }
    if (done % PRINT_EVERY === 0) console.log(`  ${done} kills: ${run}`);
  }
  if (victim) {
    const { recorder } = victim;
    victim.kill();
    await victim.ended;
    while (recorder !== undefined && isAlive(recorder)) await delay(10);
    run.check(await victim.epoch, victim.produced, "daemon");
  }
  console.log(`${kills} kills (${JSON.stringify(counts)}): ${run}`);
  await Deno.remove(root, { recursive: true });
}

/** What is stored of a run of kills, checked part by part. */
class StoredRun {
  readonly #folder: string;
  readonly #seen = new Set<string>();
  readonly #losses: { killed: string; ms: number }[] = [];
  #hasRows = false;
  #openMs = 0;
  #samples = 0;
  #gaps = 0;
  #epochs = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Checks what is new, all of which is of one run of the daemon. @throws for what is not accounted for. */
  check(epoch: string, { next: produced, at }: Victim["produced"], killed: string): void {
    const begun = performance.now();
    const [broken] = checkSegments(this.#folder);
    if (broken) throw new Error(`${broken.file}: ${broken.message}`);
    this.#openMs = Math.max(this.#openMs, performance.now() - begun);
    let [next, last, restarts] = [0, 0, 0];
    const hasEarlier = this.#hasRows;
    let hasRows = false;
    for (const name of listSegments(this.#folder).filter((name) => !this.#seen.has(name))) {
      this.#seen.add(name);
      using reader = new SegmentReader(`${this.#folder}/${name}`);
      for (const row of reader.rows()) {
        hasRows = true;
        if (row.epoch !== epoch) throw new Error(`${name} has a row of ${row.epoch}, not of ${epoch}`);
        for (const { event, data } of splitFrames(blockText(row.items))) {
          const { sequence, from, to, timestamp } = JSON.parse(data);
          if (event === "gap" && to === null) restarts++;
          else if (event === "gap") {
            if (from !== next) throw new Error(`a gap from ${from} in the place of ${next}`);
            this.#gaps += to - from + 1;
            next = to + 1;
          } else if (event === "device_data") {
            if (sequence !== next) throw new Error(`sample ${sequence} in the place of ${next}`);
            next++;
            this.#samples++;
            last = Number(nanoseconds(timestamp)! / 1_000_000n);
          }
        }
      }
    }
    if (restarts !== (hasEarlier ? 1 : 0)) {
      throw new Error(`${restarts} gaps at the start of run ${this.#epochs}`);
    }
    if (!hasRows) throw new Error(`nothing of run ${this.#epochs} is stored`);
    this.#hasRows = true;
    this.#epochs++;
    this.#losses.push({ killed, ms: next < produced ? Math.max(0, at - last) : 0 });
  }

  toString(): string {
    const of = (killed: string) => {
      const list = this.#losses.filter((it) => it.killed === killed).map(({ ms }) => ms).sort((a, b) => a - b);
      const late = list.filter((ms) => ms > MAX_LOSS_MS).length;
      const [p50, p99, max] = [0.5, 0.99, 1].map((part) => list[Math.ceil(part * list.length) - 1] ?? 0);
      return `${killed} ${p50.toFixed(0)}, ${p99.toFixed(0)}, ${
        max.toFixed(0)
      } ms (${late} of ${list.length} over ${MAX_LOSS_MS})`;
    };
    return `${this.#epochs} runs open within ${
      this.#openMs.toFixed(0)
    } ms, all of ${this.#samples} samples in order, ` +
      `${this.#gaps} more in gaps; lost at a kill, p50, p99, max: ${of("daemon")}, ${of("both")}`;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
