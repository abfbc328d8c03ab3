import { deadline, delay, Notifier } from "../async/mod.ts";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import { asLabError, LabError } from "../errors.ts";
import type { Plan } from "../registry/plan.ts";
import type { TaskRequest } from "../task/task_request.ts";
import type { ErrorReport } from "../wire/error_report.ts";
import type { TaskDetail, TaskState, TaskStatus } from "../wire/tasks/task.ts";
import { DeviceOrders } from "./device_orders.ts";
import type { StepLine } from "./step_table.ts";
import type { TaskLease } from "./task_lease.ts";
import { TaskLog } from "./task_log.ts";
import { TaskProcess } from "./task_process.ts";
import { TaskQuestions } from "./task_questions.ts";
import { TaskSteps } from "./task_steps.ts";
import type { TaskRecord, TaskStore } from "./task_store.ts";

/** The time for which a cancelled task may go on, to clean up. */
const CANCEL_MS = 10_000;

/** The time that its end waits for its devices to be safe. */
const SAFE_MS = 10_000;

/** The time that the daemon's end waits for a step. */
const STEP_MS = 3_000;

/** The process of a task may crash so often without a step that has ended in between. */
export const MAX_CRASHES = 3;

/** The pause before a process is started again, doubled with each crash. */
const RESTART_MS = 1_000;

/** The parts of a task. */
export interface TaskParts {
  bench: Pick<LabDaemon, "getDevice" | "devices">;
  record: TaskRecord;
  store: TaskStore;
  lease: TaskLease;
  plan: () => Promise<Plan>;
  onUnknown: (plan: Plan) => ReturnType<ConstructorParameters<typeof TaskSteps>[0]["onUnknown"]>;
  /** True if the one who started it may use a device. */
  sees: (deviceId: string) => boolean;
  steps?: readonly StepLine[];
  /** Writes a note into the recordings that run. */
  note?: (text: string) => void;
  /** Called when it has ended. */
  ended: () => void;
}

/** One execution of a task: it owns its devices, and outlives its process. */
export class Task {
  readonly #parts: TaskParts;
  readonly #log: TaskLog;
  readonly #questions = new TaskQuestions();
  readonly #steps: TaskSteps;
  readonly #changed = new Notifier();
  #record: TaskRecord;
  #plan: Plan | undefined;
  #process: TaskProcess | undefined;
  /** Aborts when the present run is over. */
  #run = new AbortController();
  #progress: TaskStatus["progress"] = null;
  /** The checkpoints that wait while it is paused. */
  #waiting = 0;
  #isResuming = false;
  #isClosed = false;
  #crashes = 0;
  #finishing: Promise<void> | undefined;

  constructor(parts: TaskParts) {
    const { bench, record, store, steps } = parts;
    this.#parts = parts;
    this.#record = record;
    this.#isResuming = steps !== undefined;
    this.#log = new TaskLog(bench, {
      id: record.task_id,
      type: record.task_type,
      devices: () => this.#record.device_ids,
    });
    this.#steps = new TaskSteps({
      store,
      log: this.#log,
      onUnknown: () => parts.onUnknown(this.#plan!),
      ask: (text, choices, step) => this.#ask(text, choices, step),
    }, steps);
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
  get error() {
    return this.#record.error;
  }

  async clearError(): Promise<void> {
    this.#record.error = null;
    await this.#keep();
  }

  status(): TaskStatus {
    const { task_id, task_type, device_ids, params, by, started_at, ended_at, paused, cancelled, runs } = this.#record;
    return {
      ...{ task_id, task_type, running: this.isRunning, device_ids, status: this.#state() },
      ...{ params, by, started_at, ended_at, pausing: this.isRunning && paused, cancelling: cancelled },
      ...{ progress: this.#progress, question: this.#questions.question, steps: this.#steps.counts },
      restarts: Math.max(0, runs - 1),
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
  async start(): Promise<void> {
    const { lease, bench, sees, store } = this.#parts;
    this.#plan = await this.#parts.plan();
    const process = await this.#open();
    try {
      const asked = await process.claims();
      this.#record.device_ids = [...new Set([...asked, ...this.#record.asked_ids])];
      for (const id of this.#record.device_ids) {
        bench.getDevice(id);
        if (!sees(id)) {
          throw new LabError("Forbidden", `Cannot start the task "${this.id}": "${id}" is not among your devices`);
        }
      }
      await lease.acquire(this.#record.device_ids, this.#record.task_type);
      this.#record.lease = lease.kept;
      await store.create(this.#record);
      this.#log.report("started", { text: `by ${this.#record.by}` });
      await this.#runIn(process);
    } catch (error) {
      this.#isClosed = true;
      await process.close(true);
      await lease.release();
      await store.remove().catch(() => {});
      throw error;
    }
  }

  /** Goes on behind its last finished step, after the daemon was started again. Never rejects. */
  async resume(): Promise<void> {
    if (!this.isRunning || this.#finishing) return;
    if (this.#record.cancelled) return await this.#finish("cancelled", {});
    await this.#restart(0);
  }

  /** Asks it to end. It may clean up; then its devices are made safe. Idempotent. */
  async cancel(): Promise<void> {
    if (!this.isRunning || this.#record.cancelled) return;
    this.#record.cancelled = true;
    const process = this.#process;
    const cancelled = process?.cancel();
    this.#questions.withdraw();
    this.#changed.notify();
    await this.#keep();
    if (!process || this.#isResuming) return void this.#finish("cancelled", {});
    await deadline(cancelled!, CANCEL_MS).catch(() => {});
    delay(CANCEL_MS, { signal: this.#run.signal }).then(() => this.#finish("cancelled", {}), () => {});
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
    this.#changed.notify();
    this.#log.report("continued");
    await this.#keep();
  }

  /** Answers its question. */
  answer(choice: string, by: string): void {
    this.#assertRunning("answer");
    this.#questions.answer(this.id, choice);
    this.#log.report("answered", { text: `${by}: ${choice}` });
  }

  async parameters(): Promise<Record<string, unknown>> {
    return this.#process && this.isRunning && !this.#isResuming
      ? await this.#process.parameters()
      : this.#record.parameters;
  }

  /** @throws {LabError} `TaskNotRunning`; `InvalidRequest`, if the task has no such parameter, or refuses the value. */
  async setParameter(key: string, value: unknown): Promise<unknown> {
    this.#assertRunning("set a parameter of");
    if (!this.#process || this.#isResuming) throw this.#notRunning("set a parameter of");
    const taken = await this.#process.setParameter(key, value);
    this.#record.parameters = { ...this.#record.parameters, [key]: taken };
    await this.#keep();
    return taken;
  }

  /** The daemon ends: the process ends behind its step, and the task is resumed in the daemon's next run. */
  async suspend(): Promise<void> {
    if (this.#finishing) return await this.#finishing;
    if (!this.isRunning || this.#isClosed) return;
    this.#isClosed = true;
    if (this.#process) await deadline(this.#steps.stop(this.#record.runs), STEP_MS).catch(() => {});
    this.#run.abort();
    this.#parts.lease.stop();
    await this.#process?.close();
  }

  #state(): TaskState {
    if (!this.isRunning) return this.#record.state;
    if (this.#isResuming) return "resuming";
    if (this.#questions.question) return "asking";
    return this.#waiting > 0 ? "paused" : "running";
  }

  async #open(): Promise<TaskProcess> {
    const run = this.#run = new AbortController();
    const isOver = () => run.signal.aborted || this.#isClosed;
    const { lease, bench, sees } = this.#parts;
    const { by } = this.#record;
    const rights = {
      assertAllowed: (attempt: string, id: string) => lease.assertAllowed(attempt, id),
      sees,
      origin: () => lease.origin(`${by} (task ${this.id})`, this.id),
    };
    const orders = new DeviceOrders(bench, rights, run.signal);
    run.signal.addEventListener("abort", () => orders.close());
    const process = await TaskProcess.open(this.id, this.#plan!, {
      print: (line, level) => this.#log.print(line, level),
      dropped: (lines, bytes) => this.#log.dropped(lines, bytes),
      request: (request) => {
        if (!isOver()) this.#serve(process, request, orders);
      },
      failed: (error) => {
        if (!isOver()) {
          this.#finish(this.#record.cancelled ? "cancelled" : "failed", this.#record.cancelled ? {} : { error });
        }
      },
      crashed: (error) => {
        if (!isOver()) this.#crashed(error);
      },
    });
    return this.#process = process;
  }

  async #runIn(process: TaskProcess): Promise<void> {
    this.#record.runs++;
    await this.#keep();
    for (const [key, value] of Object.entries(this.#record.parameters)) await process.setParameter(key, value);
    await process.start(this.id, this.#record.runs);
    this.#isResuming = false;
  }

  async #serve(process: TaskProcess, request: TaskRequest, orders: DeviceOrders): Promise<void> {
    const { id, ...order } = request;
    if (order.op === "ended") return await this.#finish(this.#record.cancelled ? "cancelled" : "completed", order);
    try {
      await process.answer({ id, result: await this.#do(order, orders) ?? null });
    } catch (error) {
      await process.answer({ id, error: asLabError(error, "InternalError").toJSON() });
    }
  }

  async #do(
    order: Omit<TaskRequest, "id"> & TaskRequest | Omit<TaskRequest, "id">,
    orders: DeviceOrders,
  ): Promise<unknown> {
    const it = order as TaskRequest;
    switch (it.op) {
      case "step":
      case "step_done":
      case "step_failed": {
        const answer = await this.#steps.do(it, this.#record.runs);
        if (it.op === "step_done") this.#crashes = 0;
        return answer;
      }
      case "checkpoint":
        return await this.#checkpoint();
      case "save":
        return await this.#parts.store.appendData({ step: String(it.step), at: timestamp(), data: it.data });
      case "progress":
        this.#progress = { fraction: it.fraction, text: String(it.text).slice(0, 200) };
        return null;
      case "note":
        this.#log.report("note", { text: String(it.text).slice(0, 2_000) });
        this.#parts.note?.(`${this.id}: ${it.text}`);
        return null;
      case "ask":
        return await this.#ask(String(it.text), it.choices.map(String), null);
      case "ended":
        return null;
      default:
        return await orders.do(it);
    }
  }

  async #checkpoint(): Promise<void> {
    this.#waiting++;
    while (this.#record.paused && !this.#record.cancelled) await this.#changed.next();
    this.#waiting--;
  }

  async #ask(text: string, choices: string[], step: string | null): Promise<string> {
    return await this.#questions.ask(text, choices, step, () => this.#log.report("asked", { step, text }));
  }

  #crashed(error: LabError): void {
    this.#run.abort();
    this.#questions.withdraw();
    if (this.#record.cancelled) return void this.#finish("cancelled", {});
    this.#log.report("crashed", { text: error.message });
    if (++this.#crashes > MAX_CRASHES) return void this.#finish("failed", { error });
    this.#isResuming = true;
    this.#restart(RESTART_MS * 2 ** (this.#crashes - 1));
  }

  /** Makes its devices safe, then starts its process again. Never rejects. */
  async #restart(delayMs: number): Promise<void> {
    const { bench, lease } = this.#parts;
    const { device_ids, task_type } = this.#record;
    this.#waiting = 0;
    try {
      await this.#process?.close(true);
      const owned = bench.devices().filter(({ id }) => device_ids.includes(id));
      if (delayMs > 0) {
        const reason = `the process of the task ${this.id} has crashed`;
        const safe = owned.map((device) => device.isConnected && device.makeSafe(reason));
        await deadline(Promise.allSettled(safe), SAFE_MS).catch(() => {});
        await delay(delayMs);
      } else {
        await lease.resume(this.#record.lease, device_ids, task_type);
        this.#record.lease = lease.kept;
        for (const id of device_ids) await this.#connected(id);
      }
      if (!this.isRunning || this.#finishing || this.#isClosed) return;
      this.#plan ??= await this.#parts.plan();
      const process = await this.#open();
      this.#log.report("resumed");
      await this.#runIn(process);
    } catch (thrown) {
      if (this.#finishing || this.#isClosed) return;
      const error = asLabError(thrown, "InternalError");
      if (this.#plan) this.#crashed(error);
      else this.#finish("failed", { error });
    }
  }

  /** Waits until a device is connected again, or the task ends. */
  async #connected(id: string): Promise<void> {
    const device = this.#parts.bench.getDevice(id);
    while (!device.isConnected && !this.#finishing && !this.#isClosed) await delay(100);
  }

  /** It has ended. It is kept before its devices are free. */
  #finish(state: TaskState, outcome: { result?: unknown; error?: LabError }): Promise<void> {
    return this.#finishing ??= this.#end(state, outcome);
  }

  async #end(state: TaskState, { result = null, error }: { result?: unknown; error?: LabError }): Promise<void> {
    const { lease, store, ended } = this.#parts;
    this.#run.abort();
    this.#questions.withdraw();
    const report = error ? this.#reportOf(error) : null;
    const final = {
      ...this.#record,
      state,
      result,
      exception: report,
      error: report,
      ended_at: timestamp(),
      lease: null,
    };
    const closed = this.#process?.close(state !== "completed");
    await store.write(() => final).catch((cause) => this.#log.print(cause.message, "error"));
    const freed = state === "completed"
      ? lease.release()
      : lease.end(`the task ${this.id} ${stateWords(state, error)}`);
    await deadline(freed, SAFE_MS).catch(() => {});
    this.#log.report(state as "completed", { text: error?.message });
    this.#record = final;
    ended();
    await closed;
  }

  /** Of its own process, an error names the task as a device. */
  #reportOf(error: LabError): ErrorReport {
    const { context: { device_id: device, ...context }, ...report } = error.toJSON();
    const named = device === undefined || device === this.id ? {} : { device_id: device };
    return { ...report, context: { task_id: this.id, ...named, ...context } };
  }

  async #keep(): Promise<void> {
    if (!this.#finishing) await this.#parts.store.write(() => ({ ...this.#record, state: this.#state() }));
    else {
      await this.#finishing;
      await this.#parts.store.write(() => this.#record);
    }
  }

  /** Its lease has ended by something else than itself: it may not command its devices any more. */
  leaseEnded(reason: string): void {
    if (this.#finishing || this.#isClosed) return;
    this.#finish("failed", {
      error: new LabError("LeaseEnded", `The lease of the task "${this.id}" has ended: ${reason}`),
    });
  }

  ownsLease(leaseId: string): boolean {
    return this.#parts.lease.is(leaseId);
  }

  #assertRunning(what: string): void {
    if (!this.isRunning || this.#finishing) throw this.#notRunning(what);
  }

  #notRunning(what: string): LabError {
    return new LabError("TaskNotRunning", `Cannot ${what} the task "${this.id}": it is ${this.#state()}`);
  }
}

function stateWords(state: TaskState, error: LabError | undefined): string {
  return state === "failed" ? `has failed: ${error?.message}` : "was cancelled";
}
