import { abortable, deadline, DeadlineError, delay, Mutex } from "../../async/mod.ts";
import type { ByteConnection } from "./byte_connection.ts";
import { DEFAULT_TIMEOUT_MS } from "./byte_options.ts";
import { connectionError, WrongAnswer } from "./connection_error.ts";
import type { LineFormat } from "./line_format.ts";
import type { LineInput } from "./line_input.ts";
import type { LineOptions, QueryOptions } from "./line_options.ts";

/** One exchange with the instrument. */
interface Exchange extends QueryOptions {
  /** The beginning of its errors. */
  attempt: string;
  /** The missing part at the limit, for its error: `no answer`. */
  missing: string;
  /** True for a request without an answer. */
  onlySends?: boolean;
}

/**
 * The exchanges on a connection: one at a time, each with a limit. After an exchange fails by its limit, the connection
 * counts as lost, because the answer may come late.
 */
export class Exchanges {
  readonly #bytes: ByteConnection;
  readonly #format: LineFormat;
  readonly #input: LineInput;
  readonly #options: LineOptions & { timeoutMs: number; delayMs: number };
  readonly #turn = new Mutex();
  /** The end of the last exchange, by the monotonic clock. */
  #endedAt = -Infinity;
  #idleTimer: ReturnType<typeof setInterval> | undefined;

  constructor(bytes: ByteConnection, format: LineFormat, input: LineInput, options: LineOptions) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, delayMs = 0 } = options;
    this.#bytes = bytes;
    this.#format = format;
    this.#input = input;
    this.#options = { ...options, timeoutMs, delayMs };
  }

  /** Runs an exchange in its turn. */
  async run<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
    const { attempt, signal, onlySends } = exchange;
    const done = this.#turn.run(async () => {
      const gone = `${attempt}: the connection is gone`;
      if (onlySends) this.#bytes.assertSends(gone);
      else this.#bytes.assertOpen(gone);
      const restMs = this.#endedAt + this.#options.delayMs - performance.now();
      if (restMs > 0) await delay(restMs);
      this.#input.asks = true;
      try {
        return await this.#limited(exchange, work);
      } finally {
        this.#input.asks = false;
        this.#endedAt = performance.now();
        this.#bytes.wake();
      }
    }, signal);
    done.catch(() => {});
    return await abortable(done, signal);
  }

  async #limited<T>({ attempt, missing, timeoutMs = this.#options.timeoutMs }: Exchange, work: () => Promise<T>) {
    try {
      const done = work();
      return await deadline(done, timeoutMs).catch((error) =>
        error instanceof DeadlineError ? lastTurn(done, error) : done
      );
    } catch (thrown) {
      if (thrown instanceof WrongAnswer) throw connectionError(attempt, thrown);
      const isLate = thrown instanceof DeadlineError;
      const cause = isLate ? new Error(`${missing} within ${timeoutMs} ms${this.#input.received}`) : thrown;
      const error = connectionError(attempt, cause, isLate ? "TimeoutError" : undefined);
      if (error.code !== "InvalidRequest") this.#bytes.fail(error);
      throw error;
    }
  }

  /**
   * Sends a line, or bytes as they are. Earlier input is not an answer to it. Checks the echo, if the instrument
   * echoes.
   */
  async send(request: string | Uint8Array): Promise<void> {
    const bytes = typeof request === "string" ? this.#format.encode(request) : request;
    await this.#input.clear();
    await this.#bytes.write(bytes);
    if (!this.#options.echo || typeof request !== "string" || !this.#bytes.isOpen) return;
    const echo = await this.#input.line();
    if (echo !== request) {
      throw new Error(`expected its echo ${JSON.stringify(request)}, found ${JSON.stringify(echo)}`);
    }
  }

  /** Asks a question when nothing was exchanged for `everyMs` milliseconds. Without an answer the connection is lost. */
  whenIdle(everyMs: number, ask: () => Promise<unknown>): void {
    const timer = this.#idleTimer = setInterval(() => {
      if (performance.now() - this.#endedAt >= everyMs && !this.#input.asks) ask().catch(() => {});
    }, everyMs);
    this.#bytes.lost.then(() => clearInterval(timer));
  }

  /** Asks no more questions. */
  close(): void {
    clearInterval(this.#idleTimer);
  }
}

/** As `work`, if it settles in this turn of the event loop: an answer may have arrived while the loop was busy. */
async function lastTurn<T>(work: Promise<T>, late: DeadlineError): Promise<T> {
  const turn = new Promise<never>((_, reject) => setImmediate(() => setImmediate(() => reject(late))));
  return await Promise.race([work, turn]);
}
