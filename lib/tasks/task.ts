import { deadline, delay } from "../async/mod.ts";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import { LabError, messageOf } from "../errors.ts";
import type { Plan } from "../registry/plan.ts";
import type { ErrorReport } from "../wire/error_report.ts";
import type { OnUnknown, TaskDetail, TaskState, TaskStatus } from "../wire/tasks/task.ts";
import type { StepLine } from "./step_table.ts";
import type { TaskLease } from "./task_lease.ts";
import { TaskLog } from "./task_log.ts";
import { TaskOrders } from "./task_orders.ts";
import { TaskRuns } from "./task_runs.ts";
import { TaskSteps } from "./task_steps.ts";
import type { TaskRecorder } from "./task_recorder.ts";
import type { TaskRecord, TaskStore } from "./task_store.ts";

/** The time for which a cancelled task may go on, to clean up. */
const CANCEL_MS = 10_000;

/** The time that its end waits for its devices to be safe. */
const SAFE_MS = 10_000;

/** The time that the daemon's end waits for a step. */
const STEP_MS = 3_000;

/** The parts of a task. */
export interface TaskParts {
  bench: Pick<LabDaemon, "getDevice" | "devices">;
  record: TaskRecord;
  store: TaskStore;
  lease: TaskLease;
  plan: () => Promise<Plan>;
  onUnknown: (plan: Plan) => OnUnknown;
  /** True if the one who started it may use a device. */
  sees: (deviceId: string) => boolean;
  /** Of a task of the daemon's last run: what became of its steps. */
  steps?: readonly StepLine[];
  /** Records its devices, if that is asked for. */
  recorder?: TaskRecorder;
  /** Writes a note into the recordings that run. */
  note: (text: string) => void;
  /** Called when it has ended. */
  ended: () => void;
}

/** One execution of a task: it owns its devices, and outlives its process. */
export class Task {
  readonly #parts: TaskParts;
  readonly #log: TaskLog;
  readonly #orders: TaskOrders;
  readonly #steps: TaskSteps;
  readonly #runs: TaskRuns;
  #record: TaskRecord;
  #isSuspended = false;
  #finishing: Promise<void> | undefined;

  constructor(parts: TaskParts) {
    const { bench, record, store, steps, lease, sees } = parts;
    const { task_id: id, task_type: type, by } = record;
    const log = this.#log = new TaskLog(bench, { id, type, devices: () => this.deviceIds });
    this.#parts = parts;
    this.#record = record;
    const isPaused = () => this.#record.paused && !this.#record.cancelled;
    this.#orders = new TaskOrders({ log, store, note: (text) => parts.note(`${id}: ${text}`), isPaused });
    this.#steps = new TaskSteps({
      ...{ store, log, onUnknown: () => parts.onUnknown(this.#runs.plan!) },
      ask: (text, choices, step) => this.#orders.ask(text, choices, step),
    }, steps);
    this.#runs = new TaskRuns({
      ...{ taskId: id, bench, log, plan: parts.plan, deviceIds: () => this.deviceIds },
      rights: {
        assertAllowed: (attempt, deviceId) => lease.assertAllowed(attempt, deviceId),
        sees,
        origin: () => lease.origin(`${by} (task ${id})`, id),
      },
      lease: async () => {
        await lease.resume(this.#record.lease, this.deviceIds, type);
        this.#record.lease = lease.kept;
      },
      begin: async () => {
        this.#record.runs++;
        await this.#keep();
        return { run: this.#record.runs, parameters: this.#record.parameters };
      },
      serve: async (request, devices) => {
        const answer = await this.#orders.do(request, { run: this.#record.runs, steps: this.#steps, devices });
        if (request.op === "step_done") this.#runs.stepEnded();
        return answer;
      },
      crashed: () => {
        this.#orders.reset();
        if (this.#record.cancelled) this.#finish("cancelled");
      },
      ended: (outcome) => {
        const { result, error } = { result: null, error: undefined, ...outcome };
        if (this.#record.cancelled) this.#finish("cancelled", { result });
        else this.#finish(error ? "failed" : "completed", { result, error });
      },
    }, steps !== undefined);
  }

  get id(): string {
    return this.#record.task_id;
  }

  get isRunning(): boolean {
    return this.#record.ended_at === null;
  }

  get deviceIds(): readonly string[] {
    return this.#record.device_ids;
  }

  get endedAt(): string {
    return this.#record.ended_at ?? "";
  }

  get store(): TaskStore {
    return this.#parts.store;
  }

  /** The error of its failure, until it is cleared. */
  get error(): ErrorReport | null {
    return this.#record.error;
  }

  async clearError(): Promise<void> {
    this.#record.error = null;
    await this.#keep();
  }

  status(): TaskStatus {
    const { task_id, task_type, device_ids, params, by, started_at, ended_at, paused, cancelled, runs } = this.#record;
    const { progress, questions: { question } } = this.#orders;
    const { recording_id } = this.#record;
    return {
      ...{ task_id, task_type, running: this.isRunning, device_ids, status: this.#state() },
      ...{ params, by, started_at, ended_at, pausing: this.isRunning && paused, cancelling: cancelled },
      ...{ progress, question, steps: this.#steps.counts, restarts: Math.max(0, runs - 1), recording_id },
    };
  }

  detail(): TaskDetail {
    const { result = null, exception } = this.#record;
    return { ...this.status(), result, exception: exception && { error: exception }, log: this.#log.lines };
  }

  /**
   * Starts it: claims its devices, and runs.
   *
   * @throws {LabError} what keeps it from running; it leaves nothing then.
   */
  async start({ isRecorded }: { isRecorded: boolean }): Promise<void> {
    const { lease, bench, sees, store } = this.#parts;
    try {
      await this.#runs.start(async (claims) => {
        this.#record.device_ids = [...new Set([...claims, ...this.#record.asked_ids])];
        for (const id of this.deviceIds) {
          bench.getDevice(id);
          if (sees(id)) continue;
          throw new LabError("Forbidden", `Cannot start the task "${this.id}": "${id}" is not among your devices`);
        }
        await lease.acquire(this.deviceIds, this.#record.task_type);
        this.#record.lease = lease.kept;
        if (isRecorded) this.#record.recording_id = await this.#startRecording();
        await store.create(this.#record);
        this.#log.report("started", { text: `by ${this.#record.by}` });
      });
    } catch (error) {
      this.#isSuspended = true;
      await this.#stopRecording();
      await lease.release();
      await store.remove().catch(() => {});
      throw error;
    }
  }

  /** Goes on behind its last finished step, after the daemon was started again. Never rejects. */
  async resume(): Promise<void> {
    if (!this.isRunning || this.#finishing) return;
    if (this.#record.cancelled) await this.#finish("cancelled");
    else await this.#runs.resume();
  }

  /** Asks it to end. It may clean up; then its devices are made safe. Idempotent. */
  async cancel(): Promise<void> {
    if (!this.isRunning || this.#record.cancelled) return;
    this.#record.cancelled = true;
    const { process, signal } = this.#runs;
    const cancelled = process?.cancel();
    this.#orders.questions.withdraw();
    this.#orders.wake();
    await this.#keep();
    if (!process) return void this.#finish("cancelled");
    await deadline(cancelled!, CANCEL_MS).catch(() => {});
    delay(CANCEL_MS, { signal }).then(() => this.#finish("cancelled"), () => {});
  }

  /** It waits at its next checkpoint, and keeps its devices. */
  async pause(): Promise<void> {
    this.#assertRunning("pause");
    if (this.#record.paused) return;
    this.#record.paused = true;
    this.#log.report("paused");
    await this.#keep();
  }

  async continue(): Promise<void> {
    this.#assertRunning("resume");
    if (!this.#record.paused) return;
    this.#record.paused = false;
    this.#orders.wake();
    this.#log.report("continued");
    await this.#keep();
  }

  /** Answers its question. */
  answer(choice: string, by: string): void {
    this.#assertRunning("answer");
    this.#orders.questions.answer(this.id, choice);
    this.#log.report("answered", { text: `${by}: ${choice}` });
  }

  async parameters(): Promise<Record<string, unknown>> {
    const { process } = this.#runs;
    return process && this.isRunning ? await process.parameters() : this.#record.parameters;
  }

  /** @throws {LabError} `TaskNotRunning`; `InvalidRequest`, if the task has no such parameter, or refuses the value. */
  async setParameter(key: string, value: unknown): Promise<unknown> {
    const what = "set a parameter of";
    this.#assertRunning(what);
    const taken = await (this.#runs.process ?? this.#refuse(what)).setParameter(key, value);
    this.#record.parameters = { ...this.#record.parameters, [key]: taken };
    await this.#keep();
    return taken;
  }

  /** The daemon ends: the process ends behind its step, and the task is resumed in the daemon's next run. */
  async suspend(): Promise<void> {
    if (this.#finishing) return await this.#finishing;
    if (!this.isRunning || this.#isSuspended) return;
    this.#isSuspended = true;
    if (this.#runs.process) await deadline(this.#steps.stop(this.#record.runs), STEP_MS).catch(() => {});
    this.#parts.lease.stop();
    await this.#runs.end(false);
  }

  ownsLease(leaseId: string): boolean {
    return this.#parts.lease.is(leaseId);
  }

  /** Its lease has ended by something else than itself: it may not command its devices any more. */
  leaseEnded(reason: string): void {
    const error = new LabError("LeaseEnded", `The lease of the task "${this.id}" has ended: ${reason}`);
    if (!this.#isSuspended) this.#finish("failed", { error });
  }

  #state(): TaskState {
    if (!this.isRunning) return this.#record.state;
    if (this.#runs.isResuming) return "resuming";
    if (this.#orders.questions.question) return "asking";
    return this.#orders.isWaiting && this.#record.paused ? "paused" : "running";
  }

  /** It has ended. It is kept before its devices are free. */
  #finish(state: "completed" | "failed" | "cancelled", outcome: { result?: unknown; error?: LabError } = {}) {
    return this.#finishing ??= this.#end(state, outcome);
  }

  async #end(
    state: "completed" | "failed" | "cancelled",
    { result = null, error }: { result?: unknown; error?: LabError },
  ): Promise<void> {
    const { lease, store, ended } = this.#parts;
    const closed = this.#runs.end(state !== "completed");
    this.#orders.reset();
    const report = error ? this.#reportOf(error) : null;
    const times = { ended_at: timestamp(), lease: null };
    const final = { ...this.#record, state, result, exception: report, error: report, ...times };
    await store.write(() => final).catch((cause) => this.#log.print(cause.message, "error"));
    const reason = `the task ${this.id} ${error ? `has failed: ${error.message}` : "was cancelled"}`;
    const freed = state === "completed" ? lease.release() : lease.end(reason);
    await deadline(freed, SAFE_MS).catch(() => {});
    this.#log.report(state, { text: error?.message });
    // Its end is in its recording.
    await this.#stopRecording();
    this.#record = final;
    ended();
    await closed;
  }

  async #startRecording(): Promise<string> {
    const { recorder } = this.#parts;
    if (recorder && this.deviceIds.length > 0) return await recorder.start(this.id, this.deviceIds);
    const found = recorder ? "it owns no device" : "this daemon records nothing";
    throw new LabError("InvalidRequest", `Cannot record the task "${this.id}": ${found}`);
  }

  async #stopRecording(): Promise<void> {
    const { recording_id: id } = this.#record;
    if (id !== null) await this.#parts.recorder?.stop(id).catch((error) => this.#log.print(messageOf(error), "error"));
  }

  /** Of its own process, an error names the task as a device. */
  #reportOf(error: LabError): ErrorReport {
    const { context: { device_id: device, ...context }, ...report } = error.toJSON();
    const named = device === undefined || device === this.id ? {} : { device_id: device };
    return { ...report, context: { task_id: this.id, ...named, ...context } };
  }

  async #keep(): Promise<void> {
    await this.#finishing;
    await this.#parts.store.write(() => ({ ...this.#record, state: this.#state() }));
  }

  #assertRunning(what: string): void {
    if (!this.isRunning || this.#finishing) this.#refuse(what);
  }

  #refuse(what: string): never {
    throw new LabError("TaskNotRunning", `Cannot ${what} the task "${this.id}": it is ${this.#state()}`);
  }
}
