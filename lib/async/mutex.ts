import { abortable } from "./abortable.ts";

/**
 * Lets one piece of work in at a time, in the order of asking.
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
   * Runs `work` when all that asked earlier is done, and settles as it does. Work whose signal aborts while it waits
   * leaves the queue and never runs; once it runs, the signal is its own business.
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
