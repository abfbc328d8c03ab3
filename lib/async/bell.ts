/**
 * Wakes everybody who waits for something to change. A bell does not remember: look first, then wait.
 *
 * @example
 * ```ts
 * import { Bell } from "./bell.ts";
 *
 * const bell = new Bell();
 * let ready = false;
 * const waiting = (async () => {
 *   while (!ready) await bell.next();
 * })();
 * ready = true;
 * bell.ring();
 * await waiting;
 * ```
 */
export class Bell {
  #next = Promise.withResolvers<void>();

  /** Resolves when the bell rings the next time. */
  next(): Promise<void> {
    return this.#next.promise;
  }

  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }
}
