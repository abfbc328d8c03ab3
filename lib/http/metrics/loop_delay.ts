/** The period of the timer that measures the delay. */
const PERIOD_MS = 250;

/** The delay of the event loop: the time by which a timer comes late, because other work had the turn. */
export class LoopDelay {
  #timer: ReturnType<typeof setInterval> | undefined;
  #dueMs = 0;
  #maxMs = 0;

  /**
   * The greatest delay since the last call, in seconds. The measurement starts with the first call, so that a daemon
   * whose metrics no one reads needs no timer.
   */
  take(): number {
    if (this.#timer === undefined) this.#start();
    const ms = Math.max(this.#maxMs, performance.now() - this.#dueMs);
    this.#maxMs = 0;
    return Math.max(0, ms) / 1000;
  }

  /** Stops measuring. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    this.#dueMs = performance.now() + PERIOD_MS;
    this.#timer = setInterval(() => {
      this.#maxMs = Math.max(this.#maxMs, performance.now() - this.#dueMs);
      this.#dueMs = performance.now() + PERIOD_MS;
    }, PERIOD_MS);
  }
}
