import { delay } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import type { OnUnknown } from "../wire/tasks/task.ts";
import { type Ask, type DeviceHandle, deviceHandle, type DeviceShape } from "./device_handle.ts";
import type { StepAnswer } from "./task_request.ts";

/** Thrown when the task was cancelled. The task ends, and may clean up before. */
export class TaskCancelled extends Error {
  override readonly name = "TaskCancelled";

  constructor() {
    super("the task was cancelled");
  }
}

/** Thrown for a step that failed in an earlier run, with the message of that error. */
export class StepFailed extends Error {
  /** The name of that error. */
  readonly type: string;

  constructor(step: string, { type, message }: { type: string; message: string }) {
    super(`the step "${step}" failed before the task was resumed: ${message}`);
    this.name = "StepFailed";
    this.type = type;
  }
}

/** The parts of a run that its context shows. */
export interface ContextParts<Params, Parameters> {
  taskId: string;
  run: number;
  params: Params;
  parameters: Parameters;
  signal: AbortSignal;
  ask: Ask;
}

/** The daemon's side of a task that runs: its params, its devices, its log and its data. */
export class TaskContext<Params = Record<string, unknown>, Parameters = Record<string, unknown>> {
  /** The id of this execution. */
  readonly taskId: string;
  /** 1 for the first run of it, 2 for the run after a crash, and so on. */
  readonly run: number;
  /** Valid, with defaults. */
  readonly params: Params;
  /** The parameters that can be changed while the task runs: read them where they are used. */
  readonly parameters: Parameters;
  /** Aborts when the task is cancelled. */
  readonly signal: AbortSignal;
  readonly #ask: Ask;

  constructor({ taskId, run, params, parameters, signal, ask }: ContextParts<Params, Parameters>) {
    this.taskId = taskId;
    this.run = run;
    this.params = params;
    this.parameters = parameters;
    this.signal = signal;
    this.#ask = ask;
  }

  /** A device by its id. A device that the task does not own can be read, and commanded as by any client. */
  device<Shape extends DeviceShape = DeviceShape>(id: string): DeviceHandle<Shape> {
    return deviceHandle(id, this.#ask, this.signal) as DeviceHandle<Shape>;
  }

  /**
   * A place where the task may be paused or cancelled: waits while it is paused.
   *
   * @throws {TaskCancelled} if it was cancelled.
   */
  async checkpoint(): Promise<void> {
    this.#assertGoesOn();
    await this.#ask({ op: "checkpoint" });
    this.#assertGoesOn();
  }

  /**
   * Waits, in milliseconds.
   *
   * @throws {TaskCancelled} as soon as it is cancelled.
   */
  async delay(ms: number): Promise<void> {
    await delay(ms, { signal: this.signal }).catch(() => {});
    this.#assertGoesOn();
  }

  /** Reports how much is done: a fraction from 0 to 1, or `null`, and a text for people. */
  async progress(fraction: number | null, text = ""): Promise<void> {
    await this.#ask({ op: "progress", fraction, text });
  }

  /**
   * Keeps a row of data. It is on the daemon's disk when this resolves. Pages plot its numbers.
   *
   * @param step The step that the row belongs to, such as `point 17`.
   */
  async save(step: string, data: unknown): Promise<void> {
    await this.#ask({ op: "save", step, data });
  }

  /** Writes a line into the task's log, and into the recordings of its devices. */
  async note(text: string): Promise<void> {
    await this.#ask({ op: "note", text });
  }

  /** Asks a person, who chooses on the page or by a request. Resolves with the choice. */
  async askPerson(text: string, choices: string[]): Promise<string> {
    const choice = await this.#ask({ op: "ask", text, choices }) as string;
    this.#assertGoesOn();
    return choice;
  }

  /**
   * Runs a step once, even if the task is resumed after a crash. Its begin is on the disk before `work` runs, and its
   * result before this resolves. A step that has ended does not run again: its stored result is returned. `onUnknown`
   * decides about a step that began and is not known to have ended.
   *
   * @param step Unique within the task.
   * @param work Its result must survive JSON.
   * @returns the result of `work`; `undefined` for a step that was skipped.
   * @throws {StepFailed} for a step that had failed before the task was resumed.
   * @throws {TaskCancelled} before it begins, if the task was cancelled.
   */
  async step<Result>(
    step: string,
    work: () => Promise<Result> | Result,
    { onUnknown }: { onUnknown?: OnUnknown } = {},
  ): Promise<Result | undefined> {
    await this.checkpoint();
    const begun = await this.#ask({ op: "step", step, on_unknown: onUnknown }) as StepAnswer;
    if (begun.state === "done") return begun.result as Result;
    if (begun.state === "skipped") return undefined;
    if (begun.state === "failed") throw new StepFailed(step, begun.error);
    this.#assertGoesOn();
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      const type = error instanceof Error ? error.name : "Error";
      // The step of a cancelled task has not failed: it was interrupted, and its progress is not known.
      if (!this.signal.aborted) {
        await this.#ask({ op: "step_failed", step, error: { type, message: messageOf(error) } });
      }
      throw error;
    }
    await this.#ask({ op: "step_done", step, result: result ?? null });
    return result;
  }

  #assertGoesOn(): void {
    if (this.signal.aborted) throw new TaskCancelled();
  }
}
