import { abortable } from "./abortable.ts";
import { Notifier } from "./notifier.ts";

/**
 * Ticks that several loops share: the waiting loops continue in the same turn, so that their output becomes one write and
 * wakes its readers once.
 *
 * @example
 * ```ts
 * import { Ticks } from "./ticks.ts";
 *
 * const ticks = new Ticks(10);
 * const { signal } = new AbortController();
 * await Promise.all([ticks.next(signal), ticks.next(signal)]);
 * ```
 */
export class Ticks {
  readonly #periodMs: number;
  readonly #ticked = new Notifier();
  #waiting = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Resolves at the next tick, or when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    this.#waiting++;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#ticked.notify();
    }, this.#periodMs - performance.now() % this.#periodMs);
    await abortable(this.#ticked.next(), signal).catch(() => {});
    if (--this.#waiting > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
