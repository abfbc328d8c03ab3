/**
 * Divides the event loop's time among streams, or whatever else has much to do: after some milliseconds, whatever their
 * number, those that have more wait in a queue for the next turn of the loop.
 */
export class Turns {
  readonly #maxMs: number;
  readonly #waiting = new Set<() => void>();
  #spentMs = 0;
  #isScheduled = false;

  /** @param maxMs The time for all of them together, before everything else has its turn. */
  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** True if a stream has to {@linkcode wait}. */
  get isOver(): boolean {
    return this.#spentMs > this.#maxMs;
  }

  /** Counts the time that one of them took. */
  spend(ms: number): void {
    this.#spentMs += ms;
  }

  /** Calls `run` when it is its turn, unless the returned function is called before. */
  wait(run: () => void): () => void {
    this.#waiting.add(run);
    this.#schedule();
    return () => this.#waiting.delete(run);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#next());
  }

  #next(): void {
    this.#isScheduled = false;
    this.#spentMs = 0;
    // Those that wait again come last.
    for (const run of this.#waiting) {
      if (this.isOver) break;
      this.#waiting.delete(run);
      run();
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
