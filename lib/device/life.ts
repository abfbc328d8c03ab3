import { delay } from "../async/mod.ts";
import type { LabError } from "../errors.ts";
import type { RestartPolicy } from "./policy.ts";
import { type Blame, Retry } from "./retry.ts";

/** A connection that has lasted so long was a good one: what fails afterwards fails for the first time. */
const SETTLED_MS = 10_000;

/** What a life asks of its device, and tells it. */
export interface LifeParts {
  policy(): RestartPolicy;
  /**
   * Makes one connection, and resolves when everything of it is closed: after the signal has aborted, or after `failed`
   * was called.
   */
  connect(signal: AbortSignal, failed: (error: LabError, blame: Blame) => void): Promise<void>;
  /** How long it has been connected, in milliseconds. */
  lasted(): number;
  /** A connection has failed. `wait` says how long it is until the next one; `undefined`: there will be none. */
  failed(error: LabError, wait: number | undefined): void;
  /** The next one begins. */
  restarting(): void;
  /** It is over; with an error only by a defect. */
  over(defect?: unknown): void;
}

/** The stretch in which a device is wanted: connection after connection, with pauses between them, until it ends or gives up. */
export class Life {
  /** Resolves when it is over and its device knows. */
  readonly over: Promise<void>;
  readonly #parts: LifeParts;
  readonly #end = new AbortController();
  /** Ends the connection, and no more than that. */
  #connectionEnd = new AbortController();
  /** Ends the pause. */
  #hurry = new AbortController();

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.over = this.#live().then(() => parts.over(), parts.over);
  }

  /** Whether its end has been asked for. */
  get isEnding(): boolean {
    return this.#end.signal.aborted;
  }

  end(): void {
    this.#end.abort(new DOMException("the device is no longer wanted", "AbortError"));
  }

  /** Tries again at once, if it waits. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** Ends the connection, and makes the next one at once, with all its restarts before it. */
  renew(): void {
    this.#connectionEnd.abort(new DOMException("the driver has changed", "AbortError"));
  }

  async #live(): Promise<void> {
    const { policy, connect, lasted, failed, restarting } = this.#parts;
    const { signal } = this.#end;
    let retry = new Retry(policy());
    while (!signal.aborted) {
      this.#hurry = new AbortController();
      this.#connectionEnd = new AbortController();
      let failure: { wait: number | undefined } | undefined;
      await connect(AbortSignal.any([signal, this.#connectionEnd.signal]), (error, blame) => {
        if (lasted() > SETTLED_MS) retry.settled();
        failure = { wait: retry.next(blame) };
        failed(error, failure.wait);
      });
      if (!failure) {
        retry = new Retry(policy());
        continue;
      }
      const { wait } = failure as { wait: number | undefined };
      if (wait === undefined) return;
      await delay(wait, { signal: AbortSignal.any([signal, this.#hurry.signal]) }).catch(() => {});
      if (!signal.aborted) restarting();
    }
  }
}
