import { abortable } from "./abortable.ts";

/**
 * Runs one piece of work at a time, in the order of the calls.
 *
 * @example
 * ```ts
 * import { Mutex } from "./mutex.ts";
 *
 * const mutex = new Mutex();
 * const order: string[] = [];
 * await Promise.all([
 *   mutex.run(async () => {
 *     await Promise.resolve();
 *     order.push("first");
 *   }),
 *   mutex.run(() => order.push("second")),
 * ]);
 * console.assert(order.join() === "first,second");
 * ```
 */
export class Mutex {
  #last: Promise<void> = Promise.resolve();

  /**
   * Runs `work` when all earlier work is done. Resolves or rejects as `work` does. If the signal aborts while `work`
   * waits, `work` leaves the queue and never runs. Once it runs, `work` must handle the signal itself.
   */
  async run<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last;
    const { promise: done, resolve: leave } = Promise.withResolvers<void>();
    this.#last = before.then(() => done);
    try {
      await abortable(before, signal);
      return await work();
    } finally {
      leave();
    }
  }
}
