import { timestamp } from "../async/clock.ts";
import type { LabError } from "../errors.ts";
import type { ErrorReport } from "../wire/error_report.ts";
import type { TaskStatus } from "../wire/tasks/task.ts";
import type { TaskRecord, TaskStore } from "./task_store.ts";

/** The states in which a task ends. */
export type TaskEndState = "completed" | "failed" | "cancelled";

/** The outcome of a task: its result, or its error. */
export interface TaskOutcome {
  result?: unknown;
  error?: LabError;
}

/** The parts of a status that are of the present run, and are not kept. */
type PresentParts = Pick<TaskStatus, "status" | "progress" | "question" | "steps">;

/** A task as it is stored, and the status that is made of it. */
export class KeptTask {
  /** Changed in memory first, then kept. */
  record: TaskRecord;
  readonly store: TaskStore;
  readonly #shown: (params: TaskRecord["params"]) => TaskRecord["params"];

  /** @param shown Its params for others to see. */
  constructor(record: TaskRecord, store: TaskStore, shown: (params: TaskRecord["params"]) => TaskRecord["params"]) {
    this.record = record;
    this.store = store;
    this.#shown = shown;
  }

  get id(): string {
    return this.record.task_id;
  }

  get isRunning(): boolean {
    return this.record.ended_at === null;
  }

  get deviceIds(): readonly string[] {
    return this.record.device_ids;
  }

  status({ status, progress, question, steps }: PresentParts): TaskStatus {
    const { task_id, task_type, device_ids, params, by, started_at, ended_at, paused, cancelled, runs } = this.record;
    return {
      ...{ task_id, task_type, running: this.isRunning, device_ids, status },
      ...{
        params: this.#shown(params),
        by,
        started_at,
        ended_at,
        pausing: this.isRunning && paused,
        cancelling: cancelled,
      },
      ...{ progress, question, steps, restarts: Math.max(0, runs - 1), recording_id: this.record.recording_id },
    };
  }

  /** The record of its end. */
  ended(state: TaskEndState, { result = null, error }: TaskOutcome): TaskRecord {
    const report = error ? this.#reportOf(error) : null;
    return { ...this.record, state, result, exception: report, error: report, ended_at: timestamp(), lease: null };
  }

  /** An error as data. In its own process, a task has the form of a device, so the error would name a device. */
  #reportOf(error: LabError): ErrorReport {
    const { context: { device_id: device, ...context }, ...report } = error.toJSON();
    const named = device === undefined || device === this.id ? {} : { device_id: device };
    return { ...report, context: { task_id: this.id, ...named, ...context } };
  }
}
