import { Notifier } from "../async/mod.ts";
import { timestamp } from "../async/clock.ts";
import { LabError, shortened } from "../errors.ts";
import type { StepAnswer, TaskOrder } from "../task/task_request.ts";
import type { OnUnknown } from "../wire/tasks/task.ts";
import { type StepLine, StepTable, UNKNOWN_CHOICES } from "./step_table.ts";
import type { TaskLog } from "./task_log.ts";
import type { TaskStore } from "./task_store.ts";

/** The orders of a task that are about its steps. */
export type StepOrder = Extract<TaskOrder, { op: "step" | "step_done" | "step_failed" }>;

/** The parts of a task that its steps need. */
export interface StepParts {
  store: Pick<TaskStore, "appendStep">;
  log: Pick<TaskLog, "report">;
  /** The treatment of a step that is not known to have ended. */
  onUnknown: () => OnUnknown;
  /** Asks a person how to go on with an unknown step. */
  ask(text: string, choices: string[], step: string): Promise<string>;
}

/** The longest name of a step, in characters. */
export const MAX_STEP_CHARS = 200;

/** The steps of a task: each is on the disk before it begins, and again when it has ended. */
export class TaskSteps {
  readonly #parts: StepParts;
  readonly #table = new StepTable();
  readonly #changed = new Notifier();
  #isStopping = false;

  /** @param lines The stored lines of the steps. */
  constructor(parts: StepParts, lines: readonly StepLine[] = []) {
    this.#parts = parts;
    for (const line of lines) this.#table.apply(line);
  }

  get counts() {
    return this.#table.counts;
  }

  /** No step begins from now on. Resolves when the one that runs has ended. */
  async stop(run: number): Promise<void> {
    this.#isStopping = true;
    while (this.#table.open(run) !== undefined) await this.#changed.next();
  }

  /** Does one order of a run. */
  async do(order: StepOrder, run: number): Promise<StepAnswer | null> {
    const step = nameOf(order.step);
    if (order.op === "step") return await this.#begin(step, run, order.on_unknown ?? this.#parts.onUnknown());
    if (order.op === "step_done") await this.#keep({ step, run, state: "done", result: order.result });
    else await this.#keep({ step, run, state: "failed", error: order.error });
    return null;
  }

  async #begin(step: string, run: number, onUnknown: OnUnknown): Promise<StepAnswer> {
    // While the task is stopped, no step begins: the run ends before this is answered.
    while (this.#isStopping) await this.#changed.next();
    const found = this.#table.begin(step, run);
    if ("answer" in found) {
      if (found.answer.state === "run") await this.#keep({ step, run, state: "begun" });
      return found.answer;
    }
    await this.#keep({ step, run, state: "unknown" });
    const text = `The step "${step}" began before a crash, and is not known to have ended`;
    const choice = onUnknown === "ask" ? await this.#parts.ask(text, [...UNKNOWN_CHOICES], step) : onUnknown;
    if (choice === "retry") {
      await this.#keep({ step, run, state: "begun" });
      return { state: "run" };
    }
    if (choice === "skip") {
      await this.#keep({ step, run, state: "skipped" });
      return { state: "skipped" };
    }
    const error = { type: "StepUnknown", message: `${text}; a person has decided that it failed` };
    await this.#keep({ step, run, state: "failed", error });
    return { state: "failed", error };
  }

  async #keep(line: Omit<StepLine, "at">): Promise<void> {
    const kept = { at: timestamp(), ...line };
    await this.#parts.store.appendStep(kept);
    this.#table.apply(kept);
    this.#parts.log.report(`step_${line.state}`, { step: line.step, text: line.error?.message });
    this.#changed.notify();
  }
}

/** @throws {LabError} `InvalidRequest` for what cannot be the name of a step: a number of a program without types, for example. */
function nameOf(step: unknown): string {
  const isName = typeof step === "string" && step !== "" && step.length <= MAX_STEP_CHARS;
  if (isName) return step;
  const found = typeof step === "string"
    ? `${step.length} characters`
    : shortened(JSON.stringify(step) ?? "nothing", 50);
  const expected = `expected a text of 1 to ${MAX_STEP_CHARS} characters, found ${found}`;
  throw new LabError("InvalidRequest", `Cannot name a step: ${expected}`);
}
