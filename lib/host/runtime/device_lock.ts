import { deadline, Mutex } from "../../async/mod.ts";

/** A device's lock. The signals of all work that holds it or waits for it can be aborted together. */
export class DeviceLock extends Mutex {
  readonly #work = new Set<AbortController>();

  /** Runs work under the lock. The work's signal aborts when `signal` does, and on {@linkcode abortWork}. */
  async work<T>(work: (signal: AbortSignal) => Promise<T> | T, signal: AbortSignal): Promise<T> {
    const end = new AbortController();
    const abort = () => end.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    this.#work.add(end);
    try {
      return await this.run(() => work(end.signal), end.signal);
    } finally {
      this.#work.delete(end);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Aborts all work, and resolves when it has ended, after `limitMs` milliseconds at the latest. */
  async abortWork(reason: Error, limitMs: number): Promise<void> {
    for (const work of this.#work) work.abort(reason);
    await deadline(this.run(() => {}), limitMs).catch(() => {});
  }
}
