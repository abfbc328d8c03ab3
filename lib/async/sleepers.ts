interface Sleeper {
  dueMs: number;
  wake: () => void;
}

/**
 * Sleeping loops that share one timer; each loop sleeps until its own time. A timer costs as much as a short turn of a
 * loop, and fast loops are due in the same turn.
 */
export class Sleepers {
  readonly #sleepers = new Set<Sleeper>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The time for which the timer is set. */
  #atMs = Infinity;

  /**
   * Calls `wake` at a time, by `performance.now()`, or soon after it. Returns a function that cancels the sleep.
   *
   * @param dueMs No further away than a timer can wait.
   */
  sleep(dueMs: number, wake: () => void): () => void {
    const sleeper = { dueMs, wake };
    this.#sleepers.add(sleeper);
    if (dueMs < this.#atMs) this.#set(dueMs);
    return () => {
      this.#sleepers.delete(sleeper);
      if (this.#sleepers.size === 0) this.#set(Infinity);
    };
  }

  #set(atMs: number): void {
    clearTimeout(this.#timer);
    this.#atMs = atMs;
    this.#timer = atMs < Infinity ? setTimeout(() => this.#wake(), Math.max(0, atMs - performance.now())) : undefined;
  }

  #wake(): void {
    // A timer may be early by a fraction of a millisecond.
    const nowMs = Math.max(this.#atMs, performance.now());
    let nextMs = Infinity;
    const due: Sleeper[] = [];
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueMs <= nowMs) due.push(sleeper);
      else nextMs = Math.min(nextMs, sleeper.dueMs);
    }
    for (const sleeper of due) this.#sleepers.delete(sleeper);
    this.#set(nextMs);
    for (const { wake } of due) wake();
  }
}
