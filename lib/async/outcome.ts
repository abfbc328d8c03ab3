/**
 * The outcome of the current attempt, and then of the next, for any number of waiters or none. Each outcome settles the
 * promises of its attempt; later calls of `next()` wait for the next attempt.
 *
 * @example
 * ```ts
 * import { Outcome } from "./outcome.ts";
 *
 * const outcome = new Outcome();
 * const first = outcome.next();
 * outcome.succeed();
 * await first;
 * ```
 */
export class Outcome {
  #next = unawaited();

  /** Resolves when the attempt succeeds, and rejects with its error when it fails. */
  next(): Promise<void> {
    return this.#next.promise;
  }

  succeed(): void {
    this.#next.resolve();
    this.#next = unawaited();
  }

  fail(error: unknown): void {
    this.#next.reject(error);
    this.#next = unawaited();
  }
}

/** A promise whose rejection needs no handler: an attempt may have no waiters. */
function unawaited(): PromiseWithResolvers<void> {
  const it = Promise.withResolvers<void>();
  it.promise.catch(() => {});
  return it;
}
