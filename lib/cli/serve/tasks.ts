import { getLogger } from "@logtape/logtape";
import { Principal } from "../../access/principal.ts";
import type { Bench } from "../../bench/bench.ts";
import { warnOfUnknownGrants } from "../../bench/unknown_grants.ts";
import type { LabDaemon } from "../../daemon.ts";
import { LabError, messageOf } from "../../errors.ts";
import type { Leases } from "../../leases/leases.ts";
import type { Recordings } from "../../recording/recordings.ts";
import type { TaskRecorder } from "../../tasks/task_recorder.ts";
import type { UnreadableFile } from "../../wire/server.ts";
import { TaskTypes } from "../../tasks/task_types.ts";
import { Tasks } from "../../tasks/tasks.ts";

/** After this time, tasks are resumed even if some task files still load. */
const PATIENCE_MS = 10_000;

const logger = getLogger(["labdaemon", "tasks"]);

/** The parts of {@linkcode openTasks}. */
export interface OpenTasks {
  daemon: LabDaemon;
  leases: Leases;
  recordings: Recordings;
  bench: Pick<Bench, "tasks" | "data" | "grants" | "python">;
  /** The task files load after this: each starts a process, and devices come first. */
  after: Promise<void>;
  /** True to load a file again when it is saved. */
  reload: boolean;
  /** Gets the files of tasks that cannot be read. */
  unreadable: UnreadableFile[];
}

/** The tasks of a bench. `open` loads their files, then resumes the tasks that had not ended. */
export function openTasks({ daemon, leases, recordings, bench, after, reload, unreadable }: OpenTasks): Tasks {
  const types = new TaskTypes(bench);
  const load = async () => {
    await after;
    try {
      await types.loadFolder(bench.tasks, { watch: reload, patience: PATIENCE_MS });
    } catch (error) {
      // A bench without tasks has no folder for them.
      const isThere = !(error instanceof LabError && error.code === "NotFound");
      if (isThere) logger.error("{error}", { error: messageOf(error) });
    }
    warnOfUnknownGrants(bench, [...daemon.drivers(), ...types.list()]);
  };
  const ended = new AbortController().signal;
  const sees = (devices: readonly string[] | null, id: string) =>
    new Principal({ name: "", scope: "control", devices, ended }).sees(id);
  const note = (text: string, deviceIds: readonly string[]) => {
    const running = recordings.all.filter((it) => !it.isStopped);
    for (const recording of running.filter((it) => it.deviceIds.some((id) => deviceIds.includes(id)))) {
      recording.addNote(text).catch((error) => logger.error("{error}", { error: messageOf(error) }));
    }
  };
  const recorder: TaskRecorder = {
    start: async (name, devices) => (await recordings.start({ name, devices: [...devices], tags: ["task"] })).id,
    stop: async (id) => await recordings.stop(recordings.get(id)),
  };
  const parts = { bench: daemon, leases, types, folder: `${bench.data}/tasks`, load, note, recorder, unreadable };
  return new Tasks(parts, sees);
}
