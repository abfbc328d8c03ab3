import { checkResult } from "../host/protocol/messages.ts";
import { findProtoKey } from "../host/protocol/proto_key.ts";
import type { CheckedParams } from "../host/protocol/protocol.ts";

/** The answers that are kept for one version of a driver. */
const MAX_CHECKS = 200;

/** The JSON of one input and of its answer, in UTF-16 units each. */
export const MAX_CHECK_CHARS = 8 * 1024;

/** The JSON of all answers of one version with their inputs, in UTF-16 units. */
const MAX_CHECKS_CHARS = 256 * 1024;

/** The answers of one version of a driver to inputs that it checked before: both as JSON. Inputs with secrets are not kept. */
export class KeptChecks {
  /** In the order of their use: the last one was used last. */
  readonly #answers = new Map<string, string>();
  readonly #changed: () => void;
  #chars = 0;

  /** @param changed Called when they are to be written. */
  constructor(changed: () => void, kept: Record<string, string> = {}) {
    this.#changed = changed;
    for (const [input, answer] of Object.entries(kept)) this.#add(input, answer);
  }

  /** The kept answer to an input; `undefined` if there is none, or it is invalid. */
  find(input: string): CheckedParams | undefined {
    const text = this.#answers.get(input);
    if (text === undefined) return undefined;
    this.#add(input, text);
    try {
      const answer: unknown = JSON.parse(text);
      if (!findProtoKey(answer)) return checkResult("check_params", answer);
    } catch {
      // The driver's next answer replaces it.
    }
    return undefined;
  }

  keep(input: string, answer: string): void {
    if (this.#answers.get(input) === answer) return;
    this.#add(input, answer);
    this.#changed();
  }

  drop(input: string): void {
    if (this.#remove(input)) this.#changed();
  }

  clear(): void {
    this.#answers.clear();
    this.#chars = 0;
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.#answers);
  }

  #add(input: string, answer: string): void {
    this.#remove(input);
    if (Math.max(input.length, answer.length) > MAX_CHECK_CHARS) return;
    this.#answers.set(input, answer);
    this.#chars += input.length + answer.length;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MAX_CHECKS && this.#chars <= MAX_CHECKS_CHARS) break;
      this.#remove(oldest);
    }
  }

  #remove(input: string): boolean {
    const answer = this.#answers.get(input);
    if (answer === undefined) return false;
    this.#chars -= input.length + answer.length;
    return this.#answers.delete(input);
  }
}
