import { timestamp } from "../async/clock.ts";
import { LabError } from "../errors.ts";
import type { TaskQuestion } from "../wire/tasks/task.ts";

/** The questions of a task to a person, one at a time. */
export class TaskQuestions {
  #open: { question: TaskQuestion; answer: PromiseWithResolvers<string> } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Counts what was withdrawn: a question of an earlier round is not asked. */
  #round = 0;

  /** The question that waits for its answer. */
  get question(): TaskQuestion | null {
    return this.#open?.question ?? null;
  }

  /** Resolves with the choice. Rejects when it is {@linkcode withdraw}n. */
  ask(text: string, choices: string[], step: string | null, asked: () => void): Promise<string> {
    const round = this.#round;
    const mine = this.#turn.catch(() => {}).then(async () => {
      if (round !== this.#round) throw withdrawn();
      const answer = Promise.withResolvers<string>();
      this.#open = { question: { text, choices, since: timestamp(), step }, answer };
      asked();
      try {
        return await answer.promise;
      } finally {
        this.#open = undefined;
      }
    });
    this.#turn = mine;
    return mine;
  }

  /** @throws {LabError} `TaskNotAsking`; `InvalidRequest` for another choice than those of the question. */
  answer(taskId: string, choice: string): void {
    const attempt = `Cannot answer the task "${taskId}"`;
    if (!this.#open) throw new LabError("TaskNotAsking", `${attempt}: it asks nothing`);
    const { question: { choices }, answer } = this.#open;
    if (!choices.includes(choice)) {
      throw new LabError("InvalidRequest", `${attempt}: the choices are ${choices.join(", ")}`);
    }
    answer.resolve(choice);
  }

  /** The run that has asked is over, or is cancelled. */
  withdraw(): void {
    this.#round++;
    this.#open?.answer.reject(withdrawn());
  }
}

function withdrawn(): LabError {
  return new LabError("TaskNotRunning", "The question was withdrawn");
}
