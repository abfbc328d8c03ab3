import { backoffDelay } from "../async/mod.ts";
import type { RestartPolicy } from "./policy.ts";

/** Whom a failure is laid to: an instrument may be absent as long as it likes, a driver may break only so often. */
export type Blame = "instrument" | "driver";

/** Decides, failure by failure, when to try again and when to give up. */
export class Retry {
  readonly #policy: RestartPolicy;
  #failures = 0;
  #restarts: number[] = [];

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** How long to wait before the next try, in milliseconds; `undefined` if the driver has used up its restarts. */
  next(blame: Blame): number | undefined {
    const { maxRestarts, windowMs, initialDelayMs, maxDelayMs } = this.#policy;
    if (blame === "driver") {
      const now = performance.now();
      this.#restarts = this.#restarts.filter((at) => now - at < windowMs);
      if (this.#restarts.length >= maxRestarts) return undefined;
      this.#restarts.push(now);
    }
    return backoffDelay(this.#failures++, { first: initialDelayMs, longest: maxDelayMs });
  }

  /** A connection has lasted: the next failure is a first one again. */
  settled(): void {
    this.#failures = 0;
  }
}
