import { abortable, deadline, DeadlineError, Mutex } from "../async/mod.ts";
import { LabError, messageOf } from "../errors.ts";
import { LineBuffer } from "./line_buffer.ts";

/** What {@linkcode connectLines} connects to, and how patient it is. */
export interface ConnectLinesOptions {
  hostname: string;
  port: number;
  /** Gives up connecting. What is connected is closed by {@linkcode LineConnection.close}. */
  signal?: AbortSignal;
  /**
   * How long connecting, and then each query and each write may take, in milliseconds.
   *
   * @default {5_000}
   */
  timeout?: number;
  /**
   * What ends a line that is sent. Lines that come may end with LF or CR LF in any case.
   *
   * @default {"\n"}
   */
  newline?: string;
  /**
   * The longest line that may come, in bytes: an instrument that never ends its line must not fill the memory.
   *
   * @default {65_536}
   */
  longest?: number;
}

/** Options of one query. */
export interface QueryOptions {
  /** Gives up waiting. */
  signal?: AbortSignal;
  /** How long this one may take, in milliseconds; as the connection's, if it is not given. */
  timeout?: number;
}

const CHUNK = 16 * 1024;

/**
 * Connects to an instrument that speaks lines of text over TCP, as SCPI instruments do (most often on port 5025).
 *
 * @example Ask an instrument who it is
 * ```ts
 * import { connectLines } from "./line_connection.ts";
 * import { fakeInstrument } from "../testing/fake_instrument.ts";
 *
 * await using laser = fakeInstrument({ answers: { "*IDN?": "ACME,Laser,1,2.0" } });
 *
 * const connection = await connectLines({ hostname: laser.host, port: laser.port });
 * console.assert(await connection.query("*IDN?") === "ACME,Laser,1,2.0");
 * connection.close();
 * ```
 *
 * @throws {LabError} `DriverError`, if there is nobody, or nobody answers in time.
 */
export async function connectLines(options: ConnectLinesOptions): Promise<LineConnection> {
  const { hostname, port, signal, timeout = 5_000 } = options;
  const attempt = `Cannot connect to ${hostname}:${port}`;
  const giveUp = new AbortController();
  const either = signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal;
  const connecting = Deno.connect({ hostname, port, signal: either });
  try {
    return new LineConnection(await deadline(connecting, timeout, signal), options);
  } catch (error) {
    giveUp.abort(error);
    // It may have been there a moment too late.
    connecting.then((connection) => connection.close(), () => {});
    signal?.throwIfAborted();
    throw failure(attempt, error);
  }
}

/**
 * A connection over which lines of text go both ways. One query at a time, in the order of asking.
 *
 * A query that fails, be it by its time limit, its signal or the line, closes the connection: an answer that came late
 * would be taken for the next one's. Everything after that fails and says why. A driver lets the error through, and its
 * host connects anew.
 */
export class LineConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #options: Required<Pick<ConnectLinesOptions, "timeout" | "newline">>;
  readonly #peer: string;
  readonly #turn = new Mutex();
  readonly #received: LineBuffer;
  /** The read that is under way: it outlives whoever lost patience, and what it brings is for the next. */
  #filling: Promise<void> | undefined;
  #closed: string | undefined;

  /** For {@linkcode connectLines}, which makes the connection. */
  constructor(
    connection: Deno.TcpConn,
    { hostname, port, timeout = 5_000, newline = "\n", longest = 65_536 }: ConnectLinesOptions,
  ) {
    // A question must not wait for the one before it to be acknowledged, which takes 40 ms.
    connection.setNoDelay(true);
    this.#connection = connection;
    this.#peer = `${hostname}:${port}`;
    this.#options = { timeout, newline };
    this.#received = new LineBuffer(longest);
  }

  /**
   * Sends a line and resolves with the line that comes next, without its end.
   *
   * @throws {LabError} `DriverError`, saying what was asked, of whom, and what was found; or the signal's reason.
   */
  query(text: string, { signal, timeout }: QueryOptions = {}): Promise<string> {
    const attempt = `Cannot ask ${JSON.stringify(text)} of ${this.#peer}`;
    return this.#turn.run(() =>
      this.#limited(attempt, { signal, timeout, waitingFor: "no answer" }, async () => {
        await this.#send(text);
        return await this.#line(signal);
      }), signal);
  }

  /** Sends a line that nothing answers. */
  write(text: string, { signal, timeout }: QueryOptions = {}): Promise<void> {
    const attempt = `Cannot send ${JSON.stringify(text)} to ${this.#peer}`;
    return this.#turn.run(
      () => this.#limited(attempt, { signal, timeout, waitingFor: "it was not taken" }, () => this.#send(text)),
      signal,
    );
  }

  /**
   * The lines as they come, for instruments that talk unasked; ends quietly when the signal aborts, and the connection
   * stays open. A query takes its answer from the same lines: while somebody waits here, do not ask.
   *
   * @throws {LabError} `DriverError`, when the other side closes or the line breaks.
   */
  async *lines(signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    while (!signal?.aborted) {
      let line: string;
      try {
        line = await this.#line(signal);
      } catch (error) {
        if (signal?.aborted) return;
        throw failure(`Cannot read from ${this.#peer}`, error);
      }
      yield line;
    }
  }

  /** Closes the connection; who waits for a line is told. Idempotent. */
  close(): void {
    this.#close("it was closed");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #close(why: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    this.#connection.close();
  }

  async #limited<T>(
    attempt: string,
    { signal, timeout = this.#options.timeout, waitingFor }: QueryOptions & { waitingFor: string },
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.#closed !== undefined) throw failure(attempt, new Error(`the connection is gone: ${this.#closed}`));
    try {
      return await deadline(work(), timeout, signal);
    } catch (thrown) {
      const late = thrown instanceof DeadlineError ? new Error(`${waitingFor} within ${thrown.ms} ms`) : thrown;
      const error = failure(attempt, late, thrown instanceof DeadlineError ? "TimeoutError" : undefined);
      if (error.code !== "InvalidRequest") this.#close(error.message);
      signal?.throwIfAborted();
      throw error;
    }
  }

  async #send(text: string): Promise<void> {
    if (/[\r\n]/.test(text)) {
      throw new LabError("InvalidRequest", `Cannot send ${JSON.stringify(text)}: it is two lines`);
    }
    let rest = new TextEncoder().encode(text + this.#options.newline);
    while (rest.length) rest = rest.subarray(await this.#connection.write(rest));
  }

  async #line(signal?: AbortSignal): Promise<string> {
    for (;;) {
      const line = this.#received.take();
      if (line !== undefined) return line;
      await abortable(this.#filling ??= this.#fill(), signal);
    }
  }

  async #fill(): Promise<void> {
    try {
      const chunk = new Uint8Array(CHUNK);
      const count = await this.#connection.read(chunk);
      if (count === null) throw new Error("it closed the connection");
      this.#received.add(chunk.subarray(0, count));
    } catch (error) {
      // Closing the connection is how a read is given up.
      throw this.#closed === undefined ? error : new Error(this.#closed);
    } finally {
      this.#filling = undefined;
    }
  }
}

/** A permission that was denied is passed on as it is: the host says what to do about it. */
function failure(attempt: string, cause: unknown, type = cause instanceof Error ? cause.name : "Error"): LabError {
  if (cause instanceof Deno.errors.NotCapable) throw cause;
  if (cause instanceof LabError) return cause;
  if (cause instanceof DeadlineError) type = "TimeoutError";
  return new LabError("DriverError", `${attempt}: ${messageOf(cause)}`, {
    type: type === "Error" ? undefined : type,
    cause,
  });
}
