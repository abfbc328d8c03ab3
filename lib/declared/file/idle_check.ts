import { messageOf } from "../../errors.ts";

/** The time without an exchange after which an instrument is asked, in milliseconds. */
const IDLE_MS = 10_000;

/**
 * Asks an instrument a question while the host asks none. A pulled cable sends nothing: without this check, an idle
 * device would stay connected until the system's TCP keep-alive ends the connection, after some two hours.
 */
export class IdleCheck {
  /** Resolves with the reason when the instrument does not answer. */
  readonly lost: Promise<Error>;
  readonly #ask: (signal: AbortSignal) => Promise<unknown>;
  readonly #end = new AbortController();
  readonly #lose: (reason: Error) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The exchanges that run. */
  #running = 0;

  /** @param ask Asks for anything. Rejects if there is no answer. */
  constructor(ask: (signal: AbortSignal) => Promise<unknown>) {
    this.#ask = ask;
    ({ promise: this.lost, resolve: this.#lose } = Promise.withResolvers<Error>());
    this.#wait();
  }

  /** Runs an exchange. The instrument is not asked meanwhile. */
  async during<Result>(exchange: () => Promise<Result>): Promise<Result> {
    this.#running++;
    clearTimeout(this.#timer);
    try {
      return await exchange();
    } finally {
      this.#running--;
      this.#wait();
    }
  }

  /** Asks no more. */
  stop(): void {
    this.#end.abort();
    clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#running > 0 || this.#end.signal.aborted) return;
    this.#timer = setTimeout(() => this.#check(), IDLE_MS);
  }

  async #check(): Promise<void> {
    const { signal } = this.#end;
    try {
      await this.during(() => this.#ask(signal));
    } catch (error) {
      if (!signal.aborted) this.#lose(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }
}
