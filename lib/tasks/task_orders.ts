import { Notifier } from "../async/mod.ts";
import { timestamp } from "../async/clock.ts";
import { LabError, shortened } from "../errors.ts";
import type { TaskRequest } from "../task/task_request.ts";
import type { TaskStatus } from "../wire/tasks/task.ts";
import type { DeviceOrders } from "./device_orders.ts";
import type { TaskLog } from "./task_log.ts";
import { TaskQuestions } from "./task_questions.ts";
import type { TaskSteps } from "./task_steps.ts";
import type { TaskStore } from "./task_store.ts";

const MAX_PROGRESS_CHARS = 200;

const MAX_NOTE_CHARS = 2_000;

/** The most choices of a question. */
const MAX_CHOICES = 20;

/** The parts of a task that its orders need. */
export interface OrdersParts {
  log: TaskLog;
  store: Pick<TaskStore, "appendData">;
  /** Writes a note into the recordings that run. */
  note: (text: string) => void;
  /** True while it waits at checkpoints. */
  isPaused: () => boolean;
  /** A text for others to see, without secrets. */
  shown: (text: string) => string;
}

/** Carries out the requests of a task's run, except those for steps and devices. */
export class TaskOrders {
  readonly questions: TaskQuestions = new TaskQuestions();
  readonly #parts: OrdersParts;
  readonly #changed = new Notifier();
  #progress: TaskStatus["progress"] = null;
  /** The checkpoints that wait. */
  #waiting = 0;

  constructor(parts: OrdersParts) {
    this.#parts = parts;
  }

  get progress(): TaskStatus["progress"] {
    return this.#progress;
  }

  /** True while a checkpoint waits. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Resumes the task: its checkpoints check their state again. */
  wake(): void {
    this.#changed.notify();
  }

  /** The run is over. */
  reset(): void {
    this.questions.withdraw();
    this.#waiting = 0;
  }

  async ask(text: string, choices: string[], step: string | null): Promise<string> {
    return await this.questions.ask(text, choices, step, () => this.#parts.log.report("asked", { step, text }));
  }

  /** Does one order of the run with this number. */
  async do(order: TaskRequest, { run, steps, devices }: { run: number; steps: TaskSteps; devices: DeviceOrders }) {
    switch (order.op) {
      case "step":
      case "step_done":
      case "step_failed":
        return await steps.do(order, run);
      case "checkpoint":
        return await this.#checkpoint();
      case "save":
        return await this.#parts.store.appendData({ step: String(order.step), at: timestamp(), data: order.data });
      case "progress":
        this.#progress = {
          fraction: fractionOf(order.fraction),
          text: this.#shown(order.text, MAX_PROGRESS_CHARS),
        };
        return null;
      case "note":
        this.#note(this.#shown(order.text, MAX_NOTE_CHARS));
        return null;
      case "ask":
        return await this.ask(this.#shown(order.text, MAX_NOTE_CHARS), choicesOf(order.choices), null);
      case "ended":
        return null;
      default:
        return await devices.do(order);
    }
  }

  /** A text without secrets, cut. Removes secrets before it cuts: half of a secret would not be found. */
  #shown(text: unknown, maxChars: number): string {
    return this.#parts.shown(String(text)).slice(0, maxChars);
  }

  #note(text: string): void {
    this.#parts.log.report("note", { text });
    this.#parts.note(text);
  }

  async #checkpoint(): Promise<void> {
    this.#waiting++;
    while (this.#parts.isPaused()) await this.#changed.next();
    this.#waiting = Math.max(0, this.#waiting - 1);
  }
}

/** @throws {LabError} `InvalidRequest` for a value that is no fraction. */
function fractionOf(fraction: unknown): number | null {
  if (fraction === null) return null;
  if (typeof fraction === "number") return Math.min(1, Math.max(0, fraction));
  const found = shortened(JSON.stringify(fraction) ?? "nothing", 50);
  throw new LabError(
    "InvalidRequest",
    `Cannot report progress: expected a number from 0 to 1, or null, found ${found}`,
  );
}

/** @throws {LabError} `InvalidRequest` for a question that a person could not answer. */
function choicesOf(choices: unknown): string[] {
  if (Array.isArray(choices) && choices.length > 0 && choices.length <= MAX_CHOICES) return choices.map(String);
  const found = Array.isArray(choices) ? choices.length : shortened(JSON.stringify(choices) ?? "nothing", 50);
  throw new LabError("InvalidRequest", `Cannot ask a person: expected 1 to ${MAX_CHOICES} choices, found ${found}`);
}
