import { abortable } from "./abortable.ts";

/**
 * Runs a limited number of pieces of work at a time, in the order of the calls.
 *
 * @example
 * ```ts
 * import { Semaphore } from "./semaphore.ts";
 *
 * const two = new Semaphore(2);
 * console.assert(await two.run(() => 42) === 42);
 * ```
 */
export class Semaphore {
  #free: number;
  readonly #maxHoldMs: number;
  readonly #waiting = new Set<() => void>();

  /**
   * @param places The number of pieces of work that run at the same time.
   * @param maxHoldMs Work that takes longer gives up its place and continues: work that hangs does not stop the others.
   */
  constructor(places: number, maxHoldMs = Infinity) {
    this.#free = places;
    this.#maxHoldMs = maxHoldMs;
  }

  /**
   * Runs `work` when there is a place. If the signal aborts while `work` waits, `work` leaves the queue and never runs.
   */
  async run<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#place(signal);
    let holds = true;
    const leave = () => {
      if (holds) this.#leave();
      holds = false;
    };
    const timer = this.#maxHoldMs < Infinity ? setTimeout(leave, this.#maxHoldMs) : undefined;
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      leave();
    }
  }

  /**
   * Waits for a place. Resolves to a function that gives the place back. If the signal aborts first, resolves without a
   * place.
   */
  enter(signal: AbortSignal): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<() => void>();
    const held = Promise.withResolvers<void>();
    this.run(() => (resolve(held.resolve), held.promise), signal).catch(() => resolve(() => {}));
    return promise;
  }

  async #place(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await abortable(promise, signal);
    } catch (error) {
      // If the place was assigned at the same moment, it is passed on.
      if (!this.#waiting.delete(resolve)) this.#leave();
      throw error;
    }
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (!next) this.#free++;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
