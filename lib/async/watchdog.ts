import { MAX_DELAY_MS } from "./delay.ts";

/**
 * Fires once when it is not reset for some time. A reset reads the clock and sets no timer, so it is cheap at any rate.
 *
 * @example
 * ```ts
 * import { Watchdog } from "./watchdog.ts";
 *
 * const fired = Promise.withResolvers<void>();
 * const watchdog = new Watchdog(5, fired.resolve);
 * watchdog.start();
 * await fired.promise;
 * ```
 */
export class Watchdog {
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  #resetAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param timeoutMs Time without a reset after which it fires, in milliseconds. `Infinity`: never.
   * @param onTimeout Called when it fires. The watchdog is stopped then.
   */
  constructor(timeoutMs: number, onTimeout: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  /** Starts to watch, or resets a watchdog that already does. */
  start(): void {
    this.reset();
    if (this.#timeoutMs < Infinity) this.#timer ??= this.#checkIn(this.#timeoutMs);
  }

  /** Starts the timeout again. Does nothing after the watchdog was stopped. */
  reset(): void {
    this.#resetAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #checkIn(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#check(), Math.min(ms, MAX_DELAY_MS));
  }

  #check(): void {
    const rest = this.#resetAt + this.#timeoutMs - performance.now();
    this.#timer = rest > 0 ? this.#checkIn(rest) : undefined;
    if (rest <= 0) this.#onTimeout();
  }
}
