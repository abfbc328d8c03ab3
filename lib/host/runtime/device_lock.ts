import { deadline, MAX_DELAY_MS, Mutex } from "../../async/mod.ts";
import { LabError } from "../../errors.ts";
import { elapsed } from "../../format/elapsed.ts";

/** The validity of work that waits for the lock. */
export interface Validity {
  /** Work that has waited for so many milliseconds is not carried out. */
  validMs: number;
  /** The beginning of the error's message: `Cannot call "home" on "stage1"`. */
  attempt: string;
}

/** A device's lock. The signals of all work that holds it or waits for it can be aborted together. */
export class DeviceLock extends Mutex {
  readonly #work = new Set<AbortController>();

  /**
   * Runs work under the lock. The work's signal aborts when `signal` does, and on {@linkcode abortWork}.
   *
   * @throws {LabError} `CommandExpired`, if the work has waited longer than it is valid. It never runs then.
   */
  async work<T>(
    work: (signal: AbortSignal) => Promise<T> | T,
    signal: AbortSignal,
    { validMs, attempt }: Validity = { validMs: Infinity, attempt: "" },
  ): Promise<T> {
    const end = new AbortController();
    const abort = () => end.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    const expiry = validMs === Infinity
      ? undefined
      : setTimeout(() => end.abort(expired(attempt, validMs)), Math.min(validMs, MAX_DELAY_MS));
    this.#work.add(end);
    try {
      return await this.run(async () => {
        // A busy process may read a command and its cancel together: the cancel then takes effect first.
        if (validMs !== Infinity) await new Promise((resolve) => setImmediate(resolve));
        end.signal.throwIfAborted();
        clearTimeout(expiry);
        return await work(end.signal);
      }, end.signal);
    } finally {
      clearTimeout(expiry);
      this.#work.delete(end);
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Aborts all work, then runs `urgent` under the lock. Work that has not ended after `limitMs` milliseconds is not awaited
   * longer: `urgent` runs beside it.
   */
  async preempt<T>(reason: Error, limitMs: number, urgent: () => Promise<T> | T): Promise<T> {
    for (const work of this.#work) work.abort(reason);
    const entered = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    this.run(() => {
      entered.resolve();
      return done.promise;
    });
    try {
      await deadline(entered.promise, limitMs).catch(() => {});
      return await urgent();
    } finally {
      done.resolve();
    }
  }
}

function expired(attempt: string, validMs: number): LabError {
  const message = `${attempt}: it has waited ${elapsed(validMs)} for other commands, as long as it is valid; ` +
    "nothing was done";
  return new LabError("CommandExpired", message);
}
