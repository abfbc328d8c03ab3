/** The length of a pause in which other work has had its turn. */
const PAUSE_MS = 0.1;

/**
 * Divides the event loop's time among streams or other work. When all of them together have taken `maxMs`, those that
 * have more to do wait in a queue for the next turn of the loop.
 */
export class Turns {
  /** The time for all of them together, before other work has its turn. */
  readonly maxMs: number;
  readonly #waiting = new Set<() => void>();
  #spentMs = 0;
  #isScheduled = false;
  #begunAt = 0;
  #endedAt = -Infinity;

  constructor(maxMs: number) {
    this.maxMs = maxMs;
  }

  /** True if a stream has to {@linkcode wait}. */
  get isOver(): boolean {
    return this.#spentMs > this.maxMs;
  }

  /** Counts the time of a turn. */
  spend(ms: number): void {
    this.#spentMs += ms;
  }

  /** Begins a turn, at a time by `performance.now()`. */
  begin(now: number): void {
    if (now - this.#endedAt > PAUSE_MS && !this.#isScheduled) this.#spentMs = 0;
    this.#begunAt = now;
  }

  /** Ends the turn, or counts its time so far. */
  end(now: number): void {
    this.#spentMs += now - this.#begunAt;
    this.#begunAt = this.#endedAt = now;
  }

  /** Calls `run` at its turn, unless the returned function is called before. */
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

/**
 * The turns of all streams of this process. The runtime needs five to ten times as long to send what one turn writes:
 * with longer turns, requests, drivers and the first readers would wait.
 */
export const STREAM_TURNS = new Turns(0.2);
