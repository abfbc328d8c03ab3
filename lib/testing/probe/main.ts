/**
 * A driver that wraps another one. It loads the driver that its own address names (`main.ts?driver=file:///…`), passes its
 * device on, and records what can only be seen from inside the process. The checked driver therefore runs as usual: in its
 * own process, with the permissions that it requests.
 *
 * The probe adds methods whose names begin with `probe:`; see {@linkcode Questions}.
 *
 * @module
 */
import { watchTimers } from "./natural_exit.ts";
// Before the driver is imported, so that the driver gets these timer functions.
const timers = watchTimers();

import { z } from "zod";
import type { Driver, MethodDefinition } from "../../driver/mod.ts";
import { loadDriver } from "../../host/runtime/driver_file/load_driver.ts";
import { endsOnSignal, pushesAndStops, type RunInput } from "./direct_runs.ts";
import type { DeviceObject } from "../../host/runtime/stream_run.ts";
import { observedDevice } from "./observed_device.ts";
import { readProperties } from "./read_properties.ts";
import { SampleChecker, type SampleReport } from "./sample_checker.ts";
import { unvalidatedInputs } from "./unvalidated_inputs.ts";

/** The questions to the probe: the input and the answer of each. */
export interface Questions {
  pid: [Record<string, never>, number];
  /** The defects of the object that `create` returned, and its way to stream. */
  device: [Record<string, never>, { problems: string[]; streamsBy: "stream" | "push" | "read" | null }];
  /** The invalid inputs that the methods would accept. No method runs. */
  methods: [Record<string, never>, { count: number; problems: string[] }];
  /** Reads the properties of the connected device. None is set. */
  properties: [Record<string, never>, { read: number; problems: string[] }];
  /** Calls `disconnect` without a `connect` before it. */
  disconnect: [Record<string, never>, null];
  /** Runs the driver's own `stream`, without the host's help. */
  signal: [RunInput, Awaited<ReturnType<typeof endsOnSignal>>];
  /** Runs the driver's own `startStreaming`, without the host's help. */
  push: [RunInput, Awaited<ReturnType<typeof pushesAndStops>>];
  /** Lists the threads of a driver in Python that go on after its disconnect. */
  threads: [Record<string, never>, string[]];
  /** The samples of all runs so far. */
  samples: [Record<string, never>, SampleReport];
}

const address = new URL(import.meta.url).searchParams.get("driver")!;
const driver: Driver = await loadDriver(address);

const checker = new SampleChecker(driver);
let device: DeviceObject;

const answers: { [Q in keyof Questions]: (input: Questions[Q][0]) => Questions[Q][1] | Promise<Questions[Q][1]> } = {
  pid: () => Deno.pid,
  device: () => ({ problems: problemsOf(device), streamsBy: streamsBy(device) }),
  methods: () => ({ count: Object.keys(driver.methods).length, problems: unvalidatedInputs(driver) }),
  properties: () => readProperties(driver, device),
  disconnect: async () => {
    await device.disconnect?.(new AbortController().signal);
    return null;
  },
  signal: (input) => endsOnSignal(device, input),
  push: (input) => pushesAndStops(device, input),
  threads: () => [],
  samples: () => checker.report(),
};

export default {
  ...driver,
  create(params) {
    device = driver.create(params);
    return observedDevice(device, checker, timers);
  },
  methods: {
    ...driver.methods,
    ...Object.fromEntries(
      Object.entries(answers).map(([question, answer]): [string, MethodDefinition<unknown>] => [
        `probe:${question}`,
        { input: z.looseObject({}), run: (_, input) => answer(input as never) },
      ]),
    ),
  },
} satisfies Driver;

function streamsBy({ stream, startStreaming, read }: DeviceObject): Questions["device"][1]["streamsBy"] {
  return stream ? "stream" : startStreaming ? "push" : read ? "read" : null;
}

/** The defects of a device object that would make the host fail later. */
function problemsOf(device: unknown): string[] {
  if (typeof device !== "object" || device === null) return [`create returned ${device}, which is not a device`];
  if (device instanceof Promise) return ["create returned a promise: open the instrument in connect(signal)"];
  const it = device as Record<string, unknown>;
  const names = ["connect", "disconnect", "stream", "startStreaming", "stopStreaming", "isStreaming", "read"];
  return names.filter((name) => it[name] !== undefined && typeof it[name] !== "function")
    .map((name) => `its ${name} is not a function but ${typeof it[name]}`);
}
