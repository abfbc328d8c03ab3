import { z } from "zod";
import { LabError, shortened } from "../errors.ts";
import type { StepAnswer } from "../task/task_request.ts";

/** The most steps of one task. */
export const MAX_STEPS = 100_000;

const errorSchema = z.object({ type: z.string(), message: z.string() });

/** One line of the store of steps: the outcome of a step. */
export const stepLineSchema = z.object({
  step: z.string(),
  at: z.string(),
  run: z.int().positive(),
  state: z.enum(["begun", "done", "failed", "skipped", "unknown"]),
  result: z.unknown().optional(),
  error: errorSchema.optional(),
});
/** One line of the store of steps. `unknown` declares that an earlier run began the step and did not end it. */
export type StepLine = z.output<typeof stepLineSchema>;

/** The decision about a step that begins. */
export type StepBegin =
  /** The answer for a step that has ended, or that can run. */
  | { answer: StepAnswer }
  /** A step that began in an earlier run, and is not known to have ended. */
  | { unknown: true };

/** The steps of a task, from the lines of its store. The table has no files: {@linkcode apply} takes each line. */
export class StepTable {
  readonly #steps = new Map<string, StepLine>();
  readonly #declared = new Set<string>();
  /** The last run that has asked for each step. */
  readonly #asked = new Map<string, number>();
  #last: string | null = null;

  apply(line: StepLine): void {
    if (line.state === "unknown") this.#declared.add(line.step);
    if (line.state === "begun") this.#last = line.step;
    this.#steps.set(line.step, line);
  }

  /** The step that runs in a run of the task, if there is one. */
  open(run: number): string | undefined {
    return [...this.#steps.values()].find((line) => line.state === "begun" && line.run === run)?.step;
  }

  /**
   * A run asks for a step.
   *
   * @throws {LabError} `InvalidRequest` for a step that this run has already had, and for too many.
   */
  begin(step: string, run: number): StepBegin {
    if (this.#asked.get(step) === run) {
      const found = "this run of the task has had it; each step needs a name of its own";
      throw new LabError("InvalidRequest", `Cannot begin the step "${shortened(step)}": ${found}`);
    }
    this.#asked.set(step, run);
    const line = this.#steps.get(step);
    if (!line) {
      if (this.#steps.size < MAX_STEPS) return { answer: { state: "run" } };
      throw new LabError(
        "InvalidRequest",
        `Cannot begin the step "${shortened(step)}": a task has ${MAX_STEPS} at most`,
      );
    }
    if (line.state === "done") return { answer: { state: "done", result: line.result } };
    if (line.state === "skipped") return { answer: { state: "skipped" } };
    if (line.state === "failed") return { answer: { state: "failed", error: line.error! } };
    return { unknown: true };
  }

  /** The counts, as a task's status has them. */
  get counts() {
    const count = (state: StepLine["state"]) => [...this.#steps.values()].filter((it) => it.state === state).length;
    return {
      ...{ done: count("done"), failed: count("failed"), skipped: count("skipped") },
      ...{ unknown: [...this.#declared], last: this.#last },
    };
  }
}

/** The decision of a person, or of the task, about a step that is not known to have ended. */
export const UNKNOWN_CHOICES = ["retry", "skip", "fail"] as const;
