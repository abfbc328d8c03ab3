/** The time for which streams are written in a row, all of them together, before requests and drivers have their turn. */
const MAX_MS = 2;

/**
 * Divides the event loop's time among streams: after each 2 ms of writing, whatever the number of streams, those that have
 * more wait in a queue for the next turn of the loop.
 */
export class Turns {
  readonly #waiting = new Set<() => void>();
  #spentMs = 0;
  #isScheduled = false;

  /** True if a stream has to {@linkcode wait}. */
  get isOver(): boolean {
    return this.#spentMs > MAX_MS;
  }

  /** Counts the time that a stream was written for. */
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
