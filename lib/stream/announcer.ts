/**
 * The time that one write to one reader is given. It takes a third to a half of that, so that many readers of a fast device
 * get fewer, larger chunks, and half of the core stays free for everything else.
 */
const MS_PER_WRITE = 0.02;

/** How long readers are woken in a row before requests and other devices have their turn. */
const LONGEST_WAKE_MS = 2;

/** Wakes between two looks at the clock. */
const CLOCK_EVERY = 16;

/** Wakes readers when there is something new: at once, or the later the more of them there are. */
export class Announcer {
  readonly #wakers = new Set<() => void>();
  #announced = -Infinity;
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

  /** There is something new. What comes until the readers are woken is announced with it. */
  announce(): void {
    if (this.#timer !== undefined || this.#wakers.size === 0) return;
    const wait = this.#announced + this.#wakers.size * MS_PER_WRITE - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#wake(), wait);
    else this.#wake();
  }

  #wake(): void {
    this.#timer = undefined;
    this.#announced = performance.now();
    this.#wakeSome(this.#wakers.values());
  }

  #wakeSome(wakers: Iterator<() => void>): void {
    const start = performance.now();
    for (let n = 1;; n++) {
      const { value: wake, done } = wakers.next();
      if (done) return;
      wake();
      if (n % CLOCK_EVERY === 0 && performance.now() - start > LONGEST_WAKE_MS) {
        setImmediate(() => this.#wakeSome(wakers));
        return;
      }
    }
  }
}
