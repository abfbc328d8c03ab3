import { deadline } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import type { KeptTask, TaskEndState, TaskOutcome } from "./kept_task.ts";
import type { TaskLease } from "./task_lease.ts";
import type { TaskRecorder } from "./task_recorder.ts";
import type { TaskWork } from "./task_work.ts";

/** The time that the end of a task waits for its devices to be safe. */
const SAFE_MS = 10_000;

/** The parts that the end of a task needs. */
export interface EndParts {
  lease: TaskLease;
  /** Records the task's devices, if it asks for that. */
  recorder?: TaskRecorder;
  /** Called when it has ended. */
  ended: () => void;
}

/** The end of a task: it is stored before the task's devices are free. */
export class TaskEnd {
  readonly #parts: EndParts;
  readonly #kept: KeptTask;
  readonly #work: TaskWork;
  #reached: Promise<void> | undefined;

  constructor(parts: EndParts, kept: KeptTask, work: TaskWork) {
    this.#parts = parts;
    this.#kept = kept;
    this.#work = work;
  }

  /** Resolves when the task has ended; `undefined` while it runs. */
  get reached(): Promise<void> | undefined {
    return this.#reached;
  }

  /** Ends it. The first call decides how. Never rejects. */
  finish(state: TaskEndState, outcome: TaskOutcome = {}): Promise<void> {
    return this.#reached ??= this.#finish(state, outcome);
  }

  async stopRecording(): Promise<void> {
    const { recording_id: id } = this.#kept.record;
    const failed = (error: unknown) => this.#work.log.print(messageOf(error), "error");
    if (id !== null) await this.#parts.recorder?.stop(id).catch(failed);
  }

  async #finish(state: TaskEndState, outcome: TaskOutcome): Promise<void> {
    const { lease, ended } = this.#parts;
    const { runs, orders, log } = this.#work;
    const { error } = outcome;
    const closed = runs.end(state !== "completed");
    orders.reset();
    const final = this.#kept.ended(state, outcome);
    await this.#kept.store.write(() => final).catch((cause) => log.print(cause.message, "error"));
    const reason = `the task ${this.#kept.id} ${error ? `has failed: ${error.message}` : "was cancelled"}`;
    const freed = state === "completed" ? lease.release() : lease.end(reason);
    await deadline(freed, SAFE_MS).catch(() => {});
    log.report(state, { text: error?.message });
    // After the report of the end, which belongs into the recording.
    await this.stopRecording();
    this.#kept.record = final;
    ended();
    await closed;
  }
}
