import { deadline, delay } from "../async/mod.ts";
import { LabError } from "../errors.ts";
import type { ErrorReport } from "../wire/error_report.ts";
import type { TaskDetail, TaskState, TaskStatus } from "../wire/tasks/task.ts";
import { KeptTask } from "./kept_task.ts";
import { type EndParts, TaskEnd } from "./task_end.ts";
import { recordTask } from "./task_recorder.ts";
import type { TaskRecord, TaskStore } from "./task_store.ts";
import type { TaskTypes } from "./task_types.ts";
import { TaskWork, type WorkParts } from "./task_work.ts";

/** The time for which a cancelled task may go on, to clean up. */
const CANCEL_MS = 10_000;

/** The time that the daemon's end waits for a step. */
const STEP_MS = 3_000;

/** The parts of a task. */
export interface StartedTaskParts extends WorkParts, EndParts {
  record: TaskRecord;
  store: TaskStore;
  types: Pick<TaskTypes, "shownParams" | "shownParameters">;
}

/** One execution of a task: it owns its devices, and outlives its process. */
export class StartedTask {
  readonly #parts: StartedTaskParts;
  readonly #kept: KeptTask;
  readonly #work: TaskWork;
  readonly #end: TaskEnd;
  #isSuspended = false;

  constructor(parts: StartedTaskParts) {
    this.#parts = parts;
    const { record, store, types } = parts;
    this.#kept = new KeptTask(record, store, (params) => types.shownParams(record.task_type, params));
    this.#work = new TaskWork(parts, this.#kept, {
      keep: () => this.#keep(),
      ended: (outcome) => {
        if (this.#record.cancelled) this.#end.finish("cancelled", { result: outcome.result });
        else this.#end.finish(outcome.error ? "failed" : "completed", outcome);
      },
    });
    this.#end = new TaskEnd(parts, this.#kept, this.#work);
  }

  get id(): string {
    return this.#kept.id;
  }

  get isRunning(): boolean {
    return this.#kept.isRunning;
  }

  get deviceIds(): readonly string[] {
    return this.#kept.deviceIds;
  }

  get endedAt(): string {
    return this.#record.ended_at ?? "";
  }

  get store(): TaskStore {
    return this.#kept.store;
  }

  /** The error of the task's failure, until it is cleared. */
  get error(): ErrorReport | null {
    return this.#record.error;
  }

  async clearError(): Promise<void> {
    this.#record.error = null;
    await this.#keep();
  }

  status(): TaskStatus {
    const { progress, questions: { question } } = this.#work.orders;
    return this.#kept.status({ status: this.#state(), progress, question, steps: this.#work.steps.counts });
  }

  detail(): TaskDetail {
    const { result = null, exception } = this.#record;
    return { ...this.status(), result, exception: exception && { error: exception }, log: this.#work.log.lines };
  }

  /**
   * Starts the task: claims its devices, and runs.
   *
   * @throws {LabError} the reason why the task cannot run. Nothing of the task remains then.
   */
  async start({ isRecorded }: { isRecorded: boolean }): Promise<void> {
    const { lease, bench, sees, store, recorder } = this.#parts;
    try {
      await this.#work.runs.start(async (claims) => {
        this.#record.device_ids = [...new Set([...claims, ...this.#record.asked_ids])];
        for (const id of this.deviceIds) {
          bench.getDevice(id);
          if (sees(id)) continue;
          throw new LabError("Forbidden", `Cannot start the task "${this.id}": "${id}" is not among your devices`);
        }
        await lease.acquire(this.deviceIds, this.#record.task_type);
        this.#record.lease = lease.kept;
        if (isRecorded) this.#record.recording_id = await recordTask(recorder, this.id, this.deviceIds);
        await store.create(this.#record);
        this.#work.log.report("started", { text: `by ${this.#record.by}` });
      });
    } catch (error) {
      this.#isSuspended = true;
      await this.#end.stopRecording();
      await lease.release();
      await store.remove().catch(() => {});
      throw error;
    }
  }

  /** Resumes after the last finished step, when the daemon was started again. Never rejects. */
  async resume(): Promise<void> {
    if (!this.isRunning || this.#end.reached) return;
    if (this.#record.cancelled) await this.#end.finish("cancelled");
    else await this.#work.runs.resume();
  }

  /** Asks the task to end. It may clean up; then its devices are made safe. Idempotent. */
  async cancel(): Promise<void> {
    if (!this.isRunning || this.#record.cancelled) return;
    this.#record.cancelled = true;
    const { process, signal } = this.#work.runs;
    // Not awaited: a busy process does not answer.
    process?.cancel();
    this.#work.orders.questions.withdraw();
    this.#work.orders.wake();
    if (!process) return void this.#end.finish("cancelled");
    delay(CANCEL_MS, { signal }).then(() => this.#end.finish("cancelled"), () => {});
    await this.#keep();
  }

  /** Pauses the task at its next checkpoint. The task keeps its devices. */
  async pause(): Promise<void> {
    this.#assertRunning("pause");
    if (this.#record.paused) return;
    this.#record.paused = true;
    this.#work.log.report("paused");
    await this.#keep();
  }

  async continue(): Promise<void> {
    this.#assertRunning("resume");
    if (!this.#record.paused) return;
    this.#record.paused = false;
    this.#work.orders.wake();
    this.#work.log.report("continued");
    await this.#keep();
  }

  /** Answers its question. */
  answer(choice: string, by: string): void {
    this.#assertRunning("answer");
    this.#work.orders.questions.answer(this.id, choice);
    this.#work.log.report("answered", { text: `${by}: ${choice}` });
  }

  async parameters(): Promise<Record<string, unknown>> {
    const { process } = this.#work.runs;
    const values = process && this.isRunning ? await process.parameters() : this.#record.parameters;
    return this.#parts.types.shownParameters(values, this.#record.task_type);
  }

  /** @throws {LabError} `TaskNotRunning`; `InvalidRequest`, if the task has no such parameter, or refuses the value. */
  async setParameter(key: string, value: unknown): Promise<unknown> {
    const what = "set a parameter of";
    this.#assertRunning(what);
    const taken = await (this.#work.runs.process ?? this.#refuse(what)).setParameter(key, value);
    this.#record.parameters = { ...this.#record.parameters, [key]: taken };
    await this.#keep();
    return this.#parts.types.shownParameters({ [key]: taken }, this.#record.task_type)[key];
  }

  /** Ends the process after its present step: the daemon ends, and its next run resumes the task. */
  async suspend(): Promise<void> {
    if (this.#end.reached) return await this.#end.reached;
    if (!this.isRunning || this.#isSuspended) return;
    this.#isSuspended = true;
    if (this.#work.runs.process) await deadline(this.#work.steps.stop(this.#record.runs), STEP_MS).catch(() => {});
    this.#parts.lease.stop();
    await this.#work.runs.end(false);
  }

  ownsLease(leaseId: string): boolean {
    return this.#parts.lease.is(leaseId);
  }

  /** Notes that the task's lease was ended by something else: the task may not command its devices any more. */
  leaseEnded(reason: string): void {
    const error = new LabError("LeaseEnded", `The lease of the task "${this.id}" has ended: ${reason}`);
    if (!this.#isSuspended) this.#end.finish("failed", { error });
  }

  get #record(): TaskRecord {
    return this.#kept.record;
  }

  #state(): TaskState {
    if (!this.isRunning) return this.#record.state;
    if (this.#work.runs.isResuming) return "resuming";
    if (this.#work.orders.questions.question) return "asking";
    return this.#work.orders.isWaiting && this.#record.paused ? "paused" : "running";
  }

  async #keep(): Promise<void> {
    // No other await before the write: it must not be queued after the write of the task's end.
    if (this.#end.reached) await this.#end.reached;
    await this.#parts.store.write(() => ({ ...this.#record, state: this.#state() }));
  }

  #assertRunning(what: string): void {
    if (!this.isRunning || this.#end.reached) this.#refuse(what);
  }

  #refuse(what: string): never {
    throw new LabError("TaskNotRunning", `Cannot ${what} the task "${this.id}": it is ${this.#state()}`);
  }
}
