/**
 * The time reserved for one write to one reader. A write takes a third to a half of it, so that many readers of a fast
 * device get fewer, larger chunks, and half of the core stays free for all else.
 */
const MS_PER_WRITE = 0.02;

/** The time for which readers are woken in a row before requests and other devices have their turn. */
const MAX_TURN_MS = 2;

/** Wakes between two reads of the clock. */
const CLOCK_EVERY = 16;

/** Schedules when readers are woken: at once while they are few, the later the more of them there are. */
export class WakeScheduler {
  readonly #wakers = new Set<() => void>();
  #lastWake = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `wake` when there is something new, until the returned function is called. */
  subscribe(wake: () => void): () => void {
    this.#wakers.add(wake);
    return () => {
      this.#wakers.delete(wake);
      if (this.#wakers.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  /** There is something new: wakes all readers, or schedules it. Calls until then share one wake. */
  schedule(): void {
    if (this.#timer !== undefined || this.#wakers.size === 0) return;
    const wait = this.#lastWake + this.#wakers.size * MS_PER_WRITE - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#wakeAll(), wait);
    else this.#wakeAll();
  }

  #wakeAll(): void {
    this.#timer = undefined;
    this.#lastWake = performance.now();
    this.#wake(this.#wakers.values());
  }

  #wake(wakers: Iterator<() => void>): void {
    const start = performance.now();
    for (let n = 1;; n++) {
      const { value: wake, done } = wakers.next();
      if (done) return;
      wake();
      if (n % CLOCK_EVERY === 0 && performance.now() - start > MAX_TURN_MS) {
        setImmediate(() => this.#wake(wakers));
        return;
      }
    }
  }
}
