import type { ErrorReport } from "../wire/error_report.ts";
import type { StartTask, TaskData, TaskDetail, TaskStatus, TaskTypeStatus } from "../wire/tasks/task.ts";
import { nullIfNoError, type Requests } from "./requests.ts";

/** The further parts of a task that is to be started. */
export type ExecuteOptions = { [Key in "params" | "device_ids" | "record"]?: NonNullable<StartTask[Key]> };

/**
 * The requests about tasks: {@linkcode ServerAPI.tasks}.
 *
 * @example
 * ```ts
 * import { ServerAPI } from "labdaemon/client";
 *
 * async function scan(api = new ServerAPI("http://127.0.0.1:5000")) {
 *   await api.tasks.execute("scan1", "Scan", { params: { set: "psu1", property: "voltage" } });
 *   const { result } = await api.tasks.ended("scan1");
 *   return result;
 * }
 * ```
 */
export class TaskRequests {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** The types of tasks, and the files that failed to load as one. */
  types(): Promise<TaskTypeStatus[]> {
    return this.#requests.value("GET", ["task-types"], "task_types");
  }

  /** The tasks that run, and the last that have ended; the newest first. */
  list(): Promise<TaskStatus[]> {
    return this.#requests.value("GET", ["tasks"], "tasks");
  }

  /** A task with its result or its error. */
  get(id: string): Promise<TaskDetail> {
    return this.#requests.answer("GET", ["tasks", id], undefined, "task_id");
  }

  /** Starts a task. Resolves when it owns its devices and runs. */
  execute(id: string, type: string, options: ExecuteOptions = {}): Promise<Omit<TaskStatus, "status">> {
    return this.#requests.answer("POST", ["tasks"], { task_id: id, task_type: type, ...options }, "task_id");
  }

  /** Resolves when a task has ended, with its result or its error; looks every `pollMs`, by default 500. */
  async ended(id: string, { pollMs = 500 }: { pollMs?: number } = {}): Promise<TaskDetail> {
    for (;;) {
      const task = await this.get(id);
      if (!task.running) return task;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Ends a task: it may clean up, then its devices are made safe. */
  cancel(id: string): Promise<Omit<TaskStatus, "status">> {
    return this.#requests.answer("POST", ["tasks", id, "cancel"], {}, "task_id");
  }

  /** Pauses a task at its next checkpoint. */
  pause(id: string): Promise<Omit<TaskStatus, "status">> {
    return this.#requests.answer("POST", ["tasks", id, "pause"], {}, "task_id");
  }

  /** Lets a paused task go on. */
  resume(id: string): Promise<Omit<TaskStatus, "status">> {
    return this.#requests.answer("POST", ["tasks", id, "resume"], {}, "task_id");
  }

  /** Answers the question of a task. */
  answer(id: string, choice: string): Promise<TaskStatus> {
    return this.#requests.answer("POST", ["tasks", id, "answer"], { choice }, "task_id");
  }

  /** The values that can be changed while a task runs. */
  parameters(id: string): Promise<Record<string, unknown>> {
    return this.#requests.value("GET", ["tasks", id, "parameters"], "parameters");
  }

  /** Changes a parameter of a task. Resolves with the value as the task took it. */
  async setParameter(id: string, key: string, value: unknown): Promise<unknown> {
    const path = ["tasks", id, "parameters"];
    return (await this.#requests.answer<{ value: unknown }>("POST", path, { key, value }, "key")).value;
  }

  /** The rows that a task has saved, behind the place `after`: `next` of the last answer. */
  data(id: string, after = 0): Promise<TaskData> {
    return this.#requests.answer("GET", ["tasks", id, "data"], undefined, "rows", { query: `after=${after}` });
  }

  /** Why a task has failed; `null` if it has not, or if that was cleared. */
  async error(id: string): Promise<ErrorReport | null> {
    return await this.#requests.value<ErrorReport>("GET", ["tasks", id, "error"], "error").catch(nullIfNoError);
  }
}
