import { z } from "zod";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver, type Driver } from "../../lib/driver/mod.ts";
import { Leases } from "../../lib/leases/leases.ts";
import { LeaseFile } from "../../lib/leases/lease_file.ts";
import type { StartedTask } from "../../lib/tasks/task.ts";
import { TaskTypes } from "../../lib/tasks/task_types.ts";
import { Tasks } from "../../lib/tasks/tasks.ts";
import type { StartTask } from "../../lib/wire/tasks/task.ts";
import { until } from "./until.ts";

/** A supply that counts what is done to it. */
function supplyDriver(calls: string[]): Driver {
  const supply = () => {
    let voltage = 0;
    return {
      safe: () => void calls.push("safe"),
      async *stream(signal: AbortSignal) {
        for (let n = 0; !signal.aborted; n++) {
          yield n;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      },
      get voltage() {
        return voltage;
      },
      set voltage(value: number) {
        calls.push(`set ${value}`);
        voltage = value;
      },
    };
  };
  return defineDriver({
    name: "Supply",
    create: supply,
    methods: {
      measure: { input: z.object({ factor: z.number().default(1) }), run: (it, { factor }) => it.voltage * factor },
      fail: {
        run: () => {
          throw Object.assign(new Error("the fuse is gone"), { name: "FuseError" });
        },
      },
    },
    properties: {
      voltage: { schema: z.number(), get: (it) => it.voltage, set: (it, value: number) => void (it.voltage = value) },
    },
  });
}

/** The supplies `psu1` and `psu2`, the tasks that a test gives, and what they did. Tasks run in this process. */
export async function taskBench(tasks: readonly Driver[], folder?: string) {
  const calls: string[] = [];
  const kept = folder ?? await Deno.makeTempDir();
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Supply: supplyDriver(calls) } });
  for (const id of ["psu1", "psu2"]) await (await daemon.addDevice(id, "Supply")).connect();
  const file = new LeaseFile(kept);
  const leases = new Leases(daemon, file, await file.read());
  const types = new TaskTypes();
  for (const task of tasks) types.register(task);
  const notes: string[] = [];
  const recorded: string[] = [];
  const recorder = {
    start: (name: string, devices: readonly string[]) => {
      recorded.push(`start ${name}: ${devices}`);
      return Promise.resolve(`${name}-recording`);
    },
    stop: (id: string) => Promise.resolve(void recorded.push(`stop ${id}`)),
  };
  const options = {
    recorder,
    bench: daemon,
    leases,
    types,
    folder: `${kept}/tasks`,
    note: (text: string) => void notes.push(text),
  };
  const all = new Tasks(options, (patterns, id) => patterns?.includes(id) ?? true);
  const start = (request: Partial<StartTask> & Pick<StartTask, "task_type">, devices: string[] | null = null) =>
    all.start({ task_id: "task1", ...request }, { name: "alice", devices });
  const ended = async (task: StartedTask) => {
    await until(() => `the end of ${task.id}: ${JSON.stringify(task.status())}`, () => !task.isRunning);
    return task.detail();
  };
  return {
    ...{ daemon, leases, tasks: all, calls, notes, recorded, folder: kept, start, ended },
    /** The daemon ends as it does at a signal. */
    async stop() {
      await all.close();
      await leases.close();
      await daemon.shutdown();
    },
    async [Symbol.asyncDispose]() {
      await all.close();
      await leases.close();
      await daemon.shutdown();
      if (!folder) await Deno.remove(kept, { recursive: true });
    },
  };
}
