/**
 * Wakes all that wait for a change. A notifier has no memory: check the state first, then wait.
 *
 * @example
 * ```ts
 * import { Notifier } from "./notifier.ts";
 *
 * const notifier = new Notifier();
 * let ready = false;
 * const waiting = (async () => {
 *   while (!ready) await notifier.next();
 * })();
 * ready = true;
 * notifier.notify();
 * await waiting;
 * ```
 */
export class Notifier {
  #next = Promise.withResolvers<void>();

  /** Resolves at the next call of {@linkcode notify}. */
  next(): Promise<void> {
    return this.#next.promise;
  }

  notify(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }
}
