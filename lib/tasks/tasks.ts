import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import { LabError, messageOf, shortened } from "../errors.ts";
import type { Leases } from "../leases/leases.ts";
import type { UnreadableFile } from "../wire/server.ts";
import type { StartTask } from "../wire/tasks/task.ts";
import { StartedTask, type StartedTaskParts } from "./task.ts";
import { TaskLease } from "./task_lease.ts";
import type { TaskRecorder } from "./task_recorder.ts";
import { type TaskRecord, TaskStore } from "./task_store.ts";
import type { TaskTypes } from "./task_types.ts";

/** The tasks that are kept after their end. */
export const MAX_ENDED_TASKS = 20;

/** The tasks that run at a time. */
export const MAX_RUNNING_TASKS = 50;

const logger = getLogger(["labdaemon", "tasks"]);

/** The parts of the tasks of a bench. */
export interface TasksOptions {
  bench: LabDaemon;
  leases: Leases;
  types: TaskTypes;
  /** The folder in which they are kept. */
  folder: string;
  /** Loads the types; called by {@linkcode Tasks.open}. By default they are loaded. */
  load?: () => Promise<void>;
  /** Records the devices of tasks that ask for it; without this, such a task is refused. */
  recorder?: TaskRecorder;
  /** Writes a note into the recordings of some devices that run. */
  note?: (text: string, deviceIds: readonly string[]) => void;
  /** Gets the files of tasks that cannot be read. */
  unreadable?: UnreadableFile[];
}

/** The principal that starts a task. */
export interface Starter {
  name: string;
  /** Patterns of the devices that it may use; `null`: all. */
  devices: readonly string[] | null;
}

/** The tasks of a bench: those that run, and the last that have ended. */
export class Tasks {
  readonly types: TaskTypes;
  readonly #options: TasksOptions;
  readonly #sees: (patterns: readonly string[] | null, deviceId: string) => boolean;
  readonly #tasks = new Map<string, StartedTask>();
  readonly #starting = new Set<string>();
  readonly #stopListening: () => void;
  /** Resolves when the types are loaded. */
  readonly #loaded = Promise.withResolvers<void>();
  #isClosed = false;

  /** @param sees True if a device is one of those that patterns stand for. */
  constructor(options: TasksOptions, sees: (patterns: readonly string[] | null, deviceId: string) => boolean) {
    this.#options = options;
    this.#sees = sees;
    this.types = options.types;
    if (!options.load) this.#loaded.resolve();
    this.#stopListening = options.leases.listen(({ lease_id }, _how, reason) => {
      for (const task of this.#tasks.values()) if (task.ownsLease(lease_id)) task.leaseEnded(reason);
    });
  }

  /** Reads what is kept. The tasks that had not ended go on, when the types are loaded. Never rejects. */
  async open(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#loaded.resolve();
      this.#failed("tasks", this.#options.folder, error);
    }
  }

  #failed(what: string, file: string, error: unknown): void {
    const message = `Cannot use the ${what} in ${file}: ${messageOf(error)}`;
    logger.error("{error}", { error: message });
    this.#options.unreadable?.push({ file, message });
  }

  async #open(): Promise<void> {
    const failed = (file: string, error: unknown) => this.#failed("task", file, error);
    const kept = (await TaskStore.readAll(this.#options.folder, failed)).map(({ store, record, steps }) =>
      this.#task(record, store, steps)
    );
    for (const task of kept) this.#tasks.set(task.id, task);
    await this.#options.load?.();
    this.#loaded.resolve();
    if (this.#isClosed) return;
    for (const task of kept) task.resume();
    this.#clear();
  }

  /** The tasks, the newest first. A task that still starts is missing, because it may yet be refused. */
  get all(): StartedTask[] {
    return [...this.#tasks.values()].filter(({ id }) => !this.#starting.has(id)).reverse();
  }

  /** @throws {LabError} `TaskNotFound`. */
  get(id: string): StartedTask {
    const task = this.#tasks.get(id);
    if (task && !this.#starting.has(id)) return task;
    throw new LabError(
      "TaskNotFound",
      `Cannot find the task "${shortened(id)}": it never existed, or is no longer kept`,
      {
        context: { task_id: shortened(id) },
      },
    );
  }

  /**
   * Starts a task. Resolves when it runs.
   *
   * @throws {LabError} `TaskExists`, `TaskTypeNotFound`, `InvalidRequest` for params that do not fit, `DeviceNotFound`,
   * `DeviceInUse`, or `Unavailable`, if too many run.
   */
  async start(request: StartTask, starter: Starter): Promise<StartedTask> {
    const { task_id: id, task_type: type, params, device_ids, record: isRecorded } = request;
    const attempt = `Cannot start the task "${id}"`;
    await this.#loaded.promise;
    if (this.#isClosed) throw new LabError("Unavailable", `${attempt}: the daemon ends`);
    if (this.#tasks.has(id) || this.#starting.has(id)) {
      const found = `there is one of this id, or there was a short time ago; each needs an id of its own`;
      throw new LabError("TaskExists", `${attempt}: ${found}`, { context: { task_id: id } });
    }
    const running = this.#starting.size + this.all.filter(({ isRunning }) => isRunning).length;
    if (running >= MAX_RUNNING_TASKS) {
      throw new LabError("Unavailable", `${attempt}: ${running} tasks run, which is the limit`);
    }
    this.#starting.add(id);
    try {
      const record = newRecord({ id, type, params: params ?? {}, asked: device_ids ?? [], starter });
      const store = new TaskStore(join(this.#options.folder, newFolderName()));
      const task = this.#task(record, store);
      this.#tasks.set(id, task);
      await task.start({ isRecorded: isRecorded ?? false });
      return task;
    } catch (error) {
      this.#tasks.delete(id);
      throw error;
    } finally {
      this.#starting.delete(id);
    }
  }

  /** Ends the processes of all tasks; they go on in the daemon's next run. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#loaded.resolve();
    this.#stopListening();
    await Promise.all([...this.#tasks.values()].map((task) => task.suspend()));
    await this.types.close();
  }

  #task(record: TaskRecord, store: TaskStore, steps?: StartedTaskParts["steps"]): StartedTask {
    const { bench, leases, note, recorder } = this.#options;
    return new StartedTask({
      ...{ bench, record, store, steps, recorder, types: this.types },
      lease: new TaskLease(leases, record.task_id),
      plan: async () => {
        // A file that loads slowly does not end a task of the daemon's last run.
        if (steps) await this.types.loaded(record.task_type);
        return await this.types.plan(record.task_type, record.params, `Cannot start the task "${record.task_id}"`);
      },
      onUnknown: (plan) => this.types.onUnknown(plan),
      sees: (id) => this.#sees(record.allowed, id),
      note: (text) => note?.(text, record.device_ids),
      ended: () => this.#clear(),
    });
  }

  /** Removes the oldest that have ended. */
  #clear(): void {
    const ended = [...this.#tasks.values()].filter(({ isRunning }) => !isRunning);
    ended.sort((a, b) => a.endedAt < b.endedAt ? -1 : 1);
    for (const task of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_TASKS))) {
      this.#tasks.delete(task.id);
      task.store.remove().catch((error) => logger.error("{error}", { error: messageOf(error) }));
    }
  }
}

interface NewTask {
  id: string;
  type: string;
  params: Record<string, unknown>;
  asked: readonly string[];
  starter: Starter;
}

function newRecord({ id, type, params, asked, starter }: NewTask): TaskRecord {
  return {
    version: 1,
    ...{ task_id: id, task_type: type, params, device_ids: [], asked_ids: [...asked] },
    ...{ by: starter.name, allowed: starter.devices && [...starter.devices] },
    ...{ state: "running", runs: 0, started_at: timestamp(), ended_at: null, paused: false, cancelled: false },
    ...{ recording_id: null, parameters: {}, lease: null, exception: null, error: null },
  };
}

/** Sorts by time: the folders of tasks are read in the order in which they were started. */
function newFolderName(): string {
  return `${timestamp().replace(/\D/g, "").slice(0, 17)}-${randomBytes(4).toString("hex")}`;
}
