/**
 * A driver around another: it loads the driver that its address names (`probe.ts?driver=file:///…`) and hands its device
 * on, and notes what only can be seen from inside the process. So the driver under trial runs where it always runs: in its
 * own process, with the permissions that it asks for.
 *
 * What it adds are methods whose names begin with `probe:`; see {@linkcode Questions}.
 *
 * @module
 */
import { watchTimers } from "./probe_leaving.ts";
// Before the driver is imported, so that it sees these timers and no others.
const timers = watchTimers();

import type { Driver, MethodDefinition } from "../driver/mod.ts";
import { type DeviceObject, watchedDevice } from "./probe_device.ts";
import { endsOnSignal, pushesAndStops, type RunLimits } from "./probe_runs.ts";
import { loosenesses } from "./probe_methods.ts";
import { SampleJudge, type SampleReport } from "./probe_samples.ts";

/** What the probe can be asked, each with what it answers. */
export interface Questions {
  pid: [Record<string, never>, number];
  /** What is wrong with what `create` returned, and how it streams. */
  device: [Record<string, never>, { problems: string[]; streamsBy: "stream" | "push" | "read" | null }];
  /** Which bad inputs the methods would take. No method is run. */
  methods: [Record<string, never>, { count: number; problems: string[] }];
  /** Calls `disconnect`, whatever came before. */
  disconnect: [Record<string, never>, null];
  /** Runs the driver's own `stream`, without the host's help. */
  signal: [RunLimits, Awaited<ReturnType<typeof endsOnSignal>>];
  /** Runs the driver's own `startStreaming`, without the host's help. */
  push: [RunLimits, Awaited<ReturnType<typeof pushesAndStops>>];
  /** What the samples of all runs so far were like. */
  samples: [Record<string, never>, SampleReport];
}

const address = new URL(import.meta.url).searchParams.get("driver")!;
const { default: driver }: { default: Driver } = await import(address);

const judge = new SampleJudge(driver);
let device: DeviceObject;

const answers: { [Q in keyof Questions]: (input: Questions[Q][0]) => Questions[Q][1] | Promise<Questions[Q][1]> } = {
  pid: () => Deno.pid,
  device: () => ({ problems: problemsOf(device), streamsBy: streamsBy(device) }),
  methods: () => ({ count: Object.keys(driver.methods).length, problems: loosenesses(driver) }),
  disconnect: async () => {
    await device.disconnect?.(new AbortController().signal);
    return null;
  },
  signal: (limits) => endsOnSignal(device, limits),
  push: (limits) => pushesAndStops(device, limits),
  samples: () => judge.report(),
};

export default {
  ...driver,
  create(params) {
    device = driver.create(params);
    return watchedDevice(device, judge, timers);
  },
  methods: {
    ...driver.methods,
    ...Object.fromEntries(
      Object.entries(answers).map(([question, answer]): [string, MethodDefinition<unknown>] => [
        `probe:${question}`,
        { run: (_, input) => answer((input as { kwargs: unknown }).kwargs as never) },
      ]),
    ),
  },
} satisfies Driver;

function streamsBy({ stream, startStreaming, read }: DeviceObject): Questions["device"][1]["streamsBy"] {
  return stream ? "stream" : startStreaming ? "push" : read ? "read" : null;
}

/** What the host would trip over later. */
function problemsOf(device: unknown): string[] {
  if (typeof device !== "object" || device === null) return [`create returned ${device}, which is no device`];
  if (device instanceof Promise) return ["create returned a promise: open the instrument in connect(signal)"];
  const it = device as Record<string, unknown>;
  const names = ["connect", "disconnect", "stream", "startStreaming", "stopStreaming", "isStreaming", "read"];
  const wrong = names.filter((name) => it[name] !== undefined && typeof it[name] !== "function");
  const missing = it.startStreaming ? ["stopStreaming", "isStreaming"].filter((name) => it[name] === undefined) : [];
  return [
    ...wrong.map((name) => `its ${name} is not a function but ${typeof it[name]}`),
    ...missing.map((name) => `it has startStreaming, but no ${name}`),
  ];
}
