/**
 * How the current try, and then the next, turns out, for any number of waiters or none. Each outcome is told once; after it
 * the next one is awaited.
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

  /** Resolves when the try succeeds, and rejects with the error it fails with. */
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

/** A failure that nobody waits for is no unhandled rejection. */
function unawaited(): PromiseWithResolvers<void> {
  const it = Promise.withResolvers<void>();
  it.promise.catch(() => {});
  return it;
}
