import { Load, type ReaderGroup } from "./load.ts";
import type { Machine } from "./machine.ts";
import { type Figures, measure } from "./measure.ts";
import type { Contender, Rounds } from "./rounds.ts";
import { type Device, type Server, type Source, startBaseline, startDaemon } from "./server.ts";

/** The parameters of a run. */
export interface Context {
  machine: Machine;
  /** The number of measurements of each contender, and the seconds of each. */
  rounds: number;
  seconds: number;
  /** One short round, to see that everything works. */
  quick: boolean;
  /** Reports the progress. */
  progress(line: string): void;
}

/** One thing to reach. */
export interface Check {
  what: string;
  target: string;
  measured: string;
  met: boolean;
}

/** The result of a workload. */
export interface Outcome {
  checks: Check[];
  rounds: Rounds;
  /** Remarks on the figures, a sentence each. */
  notes?: string[];
}

/** One benchmark with its targets. */
export interface Workload {
  id: string;
  title: string;
  run(context: Context): Promise<Outcome>;
}

/** After the readers are open, before it counts: compilers warm, buffers grown. */
const WARM_UP_S = 1.5;

/** Starts a server, opens its readers, measures, and ends both. */
export async function session(
  { machine, seconds }: Pick<Context, "machine" | "seconds">,
  start: () => Promise<Server>,
  groups: ReaderGroup[],
  { aside = async () => {}, warmedUp = async () => {} }: {
    /** Runs beside the measurement. */
    aside?: (server: Server) => Promise<void>;
    /** Waits for more after the usual time. */
    warmedUp?: (load: Load) => Promise<void>;
  } = {},
): Promise<Figures> {
  const server = await start();
  try {
    await using load = await Load.open(machine, server.port, groups);
    await pause(WARM_UP_S);
    await warmedUp(load);
    const [figures] = await Promise.all([measure(server, load, seconds), aside(server)]);
    return figures;
  } finally {
    await server.stop();
  }
}

/** Resolves after so many seconds. */
export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** A device's stream to many readers: a few of them check everything, the others the order. */
export function readersOf(device: string, readers: number, options: Partial<ReaderGroup> = {}): ReaderGroup[] {
  const path = `/stream/devices/${device}`;
  const verified = Math.min(3, readers);
  const groups: ReaderGroup[] = [
    { name: "verified", path, readers: verified, check: "json", sampleEvery: 7, ...options },
    { name: "readers", path, readers: readers - verified, check: "scan", sampleEvery: 7, ...options },
  ];
  return groups.filter(({ readers }) => readers > 0);
}

/** The name of what this benchmark is about. */
export const OURS = "LabDaemon";

/** The baselines, cheapest first. */
export const BASELINES = ["floor", "stream_sse", "naive"] as const;

/** The daemon with these devices, for one session in each round. */
export function daemonContender(context: Context, devices: Device[], groups: ReaderGroup[], name = OURS): Contender {
  return { name, run: () => session(context, () => startDaemon(context.machine, devices), groups) };
}

/** A baseline that makes the same events at the same rate. */
export function baselineContender(
  context: Context,
  name: (typeof BASELINES)[number],
  source: Omit<Source, "readers">,
  groups: ReaderGroup[],
): Contender {
  const readers = groups.reduce((sum, { readers }) => sum + readers, 0);
  const start = () => startBaseline(context.machine, name, { ...source, readers });
  return { name, run: () => session(context, start, groups) };
}

/** A check that a figure is not above its limit. */
export function atMost(what: string, limit: number, measured: number, unit = ""): Check {
  return { what, target: `≤ ${limit}${unit}`, measured: `${figure(measured)}${unit}`, met: measured <= limit };
}

/** A check that a figure is not below its limit. */
export function atLeast(what: string, limit: number, measured: number, unit = ""): Check {
  return {
    what,
    target: `≥ ${figure(limit)}${unit}`,
    measured: `${figure(measured)}${unit}`,
    met: measured >= limit,
  };
}

/** A check that one contender lost nothing, reported or not, in any round. */
export function noGap(rounds: Rounds, name = OURS): Check {
  const all = rounds.get(name) ?? [];
  const bad = all.reduce((sum, { lost, unreported, wrong }) => sum + lost + unreported + wrong, 0);
  const faults = all.flatMap(({ faults }) => faults)[0];
  return { what: "samples lost", target: "0", measured: String(bad) + (faults ? `: ${faults}` : ""), met: bad === 0 };
}

/** A number as people read it: three digits that count, thousands apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
