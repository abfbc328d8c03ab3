/**
 * The load: a process that opens many streams, reads them all, and reports its figures. `load.ts` starts and controls it.
 *
 * @module
 */
import { TextLineStream } from "./lines.ts";
import { type Counts, LoadReader } from "./load_reader.ts";
import { requestStream } from "./open_stream.ts";
import type { GroupReport, LoadAnswer, LoadCommand, LoadSpec, ReaderGroup } from "./spec.ts";

/** Memory for all buffers together; a reader has between the two sizes. */
const ALL_BUFFERS = 256 * 1024 * 1024;
const MIN_BUFFER = 16 * 1024;
const MAX_BUFFER = 1024 * 1024;

/** Streams opened at the same time: fewer than the backlog of any server. */
const AT_ONCE = 64;

const SAMPLED = 20;
const LATENCIES = 20_000;
const POLL_MS = 5;

interface Group {
  spec: ReaderGroup;
  readers: LoadReader[];
  before: (Counts & { bytes: number; reads: number })[];
}

const encoder = new TextEncoder();
const say = (answer: LoadAnswer) => Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(answer)}\n`));
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

/** Kept, so that they stay open. */
const neverRead: Deno.TcpConn[] = [];

async function open({ port, groups }: LoadSpec): Promise<Group[]> {
  const all = groups.reduce((sum, { readers }) => sum + readers, 0);
  const bufferSize = Math.min(MAX_BUFFER, Math.max(MIN_BUFFER, Math.floor(ALL_BUFFERS / all)));
  const opened: Group[] = groups.map((spec) => ({ spec, readers: [], before: [] }));
  const jobs = opened.flatMap((group) =>
    Array.from({ length: group.spec.readers }, (_, i) => async () => {
      const { readers } = group;
      const spec = { ...group.spec, path: group.spec.path.replace("{i}", String(i)) };
      if (spec.check === "never") neverRead.push(await requestStream(port, spec.path));
      else {
        // Spread over the group: the first to be served is not the last.
        const stride = Math.max(1, Math.floor(spec.readers / (spec.sampled ?? SAMPLED)));
        readers.push(await LoadReader.open(port, spec, i % stride === 0, bufferSize));
      }
    })
  );
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job();
  }));
  return opened;
}

function begin(group: Group): void {
  group.before = group.readers.map((reader) => ({ ...reader.counts, bytes: reader.bytes, reads: reader.reads }));
  for (const reader of group.readers) reader.sampled = [];
}

function report({ readers, before }: Group): GroupReport {
  const sum: GroupReport = {
    ...{ received: 0, lost: 0, unreported: 0, repeated: 0, gaps: 0, bytes: 0, reads: 0, ended: 0 },
    faults: readers.flatMap(({ faults }) => faults).slice(0, 10),
    latencies: [],
    span: null,
  };
  readers.forEach((reader, i) => {
    const now = { ...reader.counts, bytes: reader.bytes, reads: reader.reads };
    for (const key of Object.keys(before[i]) as (keyof typeof now)[]) sum[key] += now[key] - before[i][key];
    if (reader.ended) sum.ended++;
  });
  const latencies = readers.flatMap(({ sampled }) => sampled.map(({ stamp, arrived }) => arrived - stamp));
  const stride = Math.ceil(latencies.length / LATENCIES) || 1;
  sum.latencies = latencies.filter((_, i) => i % stride === 0).map((ms) => Math.round(ms * 1000) / 1000);
  const [first, last] = [readers[0]?.sampled[0], readers[0]?.sampled.at(-1)];
  if (first && last && last !== first) {
    sum.span = {
      sequences: last.sequence - first.sequence,
      deviceMs: last.stamp - first.stamp,
      readerMs: last.arrived - first.arrived,
    };
  }
  return sum;
}

async function settle(groups: Group[], next: number, limit: number): Promise<LoadAnswer> {
  const accounts = () => groups.flatMap(({ readers }) => readers.flatMap((reader) => reader.accounts));
  const end = performance.now() + limit;
  while (accounts().some((account) => account.next !== next) && performance.now() < end) await pause();
  return { settled: accounts().filter((account) => account.next === next).length, accounts: accounts() };
}

async function catchUp(groups: Group[], lag: number, limit: number): Promise<LoadAnswer> {
  const newest = () => groups.flatMap(({ readers }) => readers.flatMap(({ sampled }) => sampled.at(-1) ?? []));
  const isLate = () => newest().some(({ stamp, arrived }) => arrived - stamp > lag);
  const end = performance.now() + limit;
  while (isLate() && performance.now() < end) await pause();
  return { caughtUp: !isLate() };
}

async function main(): Promise<void> {
  const spec = JSON.parse(Deno.args[0]) as LoadSpec;
  const groups = await open(spec);
  while (spec.awaitSamples && groups.some(({ readers }) => readers.some((reader) => !reader.hasBegun))) await pause();
  say({ ready: true });
  for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
    const command = JSON.parse(line) as LoadCommand;
    if (command.op === "begin") {
      groups.forEach(begin);
      say({ begun: true });
    } else if (command.op === "end") {
      say({ report: Object.fromEntries(groups.map((group) => [group.spec.name, report(group)])) });
    } else if (command.op === "catch-up") say(await catchUp(groups, command.lag, command.limit));
    else say(await settle(groups, command.next, command.limit));
  }
}

// Nothing to close one by one: the kernel does it at once.
await main().catch((error) => say({ failed: String(error) }));
Deno.exit(0);
