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
  readonly #waiting = new Set<() => void>();

  /** @param places The number of pieces of work that run at the same time. */
  constructor(places: number) {
    this.#free = places;
  }

  /** Runs `work` when there is a place. Work whose signal aborts while it waits leaves the queue and never runs. */
  async run<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#place(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
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
