import { abortable, deadline, DeadlineError, Mutex } from "../async/mod.ts";
import { LabError, messageOf } from "../errors.ts";
import { LineBuffer } from "./line_buffer.ts";

/** The address of an instrument, and the limits of its connection. */
export interface ConnectLinesOptions {
  hostname: string;
  port: number;
  /** Aborts connecting. It does not close the connection later: {@linkcode LineConnection.close} does. */
  signal?: AbortSignal;
  /**
   * The limit of connecting, and of each query and each write, in milliseconds.
   *
   * @default {5_000}
   */
  timeoutMs?: number;
  /**
   * The end of each line that is sent. Received lines may end with LF or CR LF in any case.
   *
   * @default {"\n"}
   */
  newline?: string;
  /**
   * The maximal length of a received line, in bytes. A longer line closes the connection.
   *
   * @default {65_536}
   */
  maxLineBytes?: number;
}

/** Options of one query. */
export interface QueryOptions {
  /** Aborts the query, which closes the connection. */
  signal?: AbortSignal;
  /** The limit of this query, in milliseconds. Defaults to the connection's `timeoutMs`. */
  timeoutMs?: number;
}

const CHUNK_BYTES = 16 * 1024;

/**
 * Connects to an instrument that speaks lines of text over TCP, as SCPI instruments do (most often on port 5025).
 *
 * @example Ask an instrument for its name
 * ```ts
 * import { connectLines } from "labdaemon/driver";
 * import { fakeInstrument } from "labdaemon/testing";
 *
 * await using laser = fakeInstrument({ answers: { "*IDN?": "ACME,Laser,1,2.0" } });
 *
 * const connection = await connectLines({ hostname: laser.host, port: laser.port });
 * console.assert(await connection.query("*IDN?") === "ACME,Laser,1,2.0");
 * connection.close();
 * ```
 *
 * @throws {LabError} `DriverError`, if the instrument refuses the connection or does not answer in time.
 */
export async function connectLines(options: ConnectLinesOptions): Promise<LineConnection> {
  const { hostname, port, signal, timeoutMs = 5_000 } = options;
  const attempt = `Cannot connect to ${hostname}:${port}`;
  const giveUp = new AbortController();
  const either = signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal;
  const connecting = Deno.connect({ hostname, port, signal: either });
  try {
    return new LineConnection(await deadline(connecting, timeoutMs, signal), options);
  } catch (error) {
    giveUp.abort(error);
    // The connection may be made after the limit.
    connecting.then((connection) => connection.close(), () => {});
    signal?.throwIfAborted();
    throw failure(attempt, error);
  }
}

/**
 * A connection that sends and receives lines of text. Queries run one at a time, in the order of their calls.
 *
 * A query that fails by its limit, its signal or the connection closes the connection: a late answer would be taken for the
 * next query's. All later calls fail with that reason. A driver does not catch the error; its host reconnects.
 *
 * @example A query with a limit of its own
 * ```ts
 * import { connectLines, type LineConnection } from "labdaemon/driver";
 * import { fakeInstrument } from "labdaemon/testing";
 *
 * const identify = (connection: LineConnection) => connection.query("*IDN?", { timeoutMs: 1_000 });
 *
 * await using laser = fakeInstrument({ answers: { "*IDN?": "ACME,Laser,1,2.0" } });
 * using connection = await connectLines({ hostname: laser.host, port: laser.port });
 * console.assert(await identify(connection) === "ACME,Laser,1,2.0");
 * ```
 */
export class LineConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #options: Required<Pick<ConnectLinesOptions, "timeoutMs" | "newline">>;
  readonly #peer: string;
  readonly #turn = new Mutex();
  readonly #received: LineBuffer;
  /** The pending read. It continues after its caller was aborted; the next caller gets its bytes. */
  #filling: Promise<void> | undefined;
  #closed: string | undefined;

  /** Called by {@linkcode connectLines}. */
  constructor(
    connection: Deno.TcpConn,
    { hostname, port, timeoutMs = 5_000, newline = "\n", maxLineBytes = 65_536 }: ConnectLinesOptions,
  ) {
    // Without this, a query waits up to 40 ms for the acknowledgement of the one before it.
    connection.setNoDelay(true);
    this.#connection = connection;
    this.#peer = `${hostname}:${port}`;
    this.#options = { timeoutMs, newline };
    this.#received = new LineBuffer(maxLineBytes);
  }

  /**
   * Sends a line and resolves with the next received line, without its end.
   *
   * @throws {LabError} `DriverError` with the query, the address and the failure; or the signal's reason.
   */
  query(text: string, { signal, timeoutMs }: QueryOptions = {}): Promise<string> {
    const attempt = `Cannot ask ${JSON.stringify(text)} of ${this.#peer}`;
    return this.#turn.run(() =>
      this.#limited(attempt, { signal, timeoutMs, waitingFor: "no answer" }, async () => {
        await this.#send(text);
        return await this.#line(signal);
      }), signal);
  }

  /**
   * Sends a line that has no answer.
   *
   * @throws {LabError} As {@linkcode query}.
   */
  write(text: string, { signal, timeoutMs }: QueryOptions = {}): Promise<void> {
    const attempt = `Cannot send ${JSON.stringify(text)} to ${this.#peer}`;
    return this.#turn.run(
      () => this.#limited(attempt, { signal, timeoutMs, waitingFor: "it was not taken" }, () => this.#send(text)),
      signal,
    );
  }

  /**
   * Yields each received line, for instruments that send without a query. Returns when the signal aborts; the connection
   * stays open. A query takes its answer from the same lines, so do not query while this runs.
   *
   * @throws {LabError} `DriverError`, when the other side closes the connection or it breaks.
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

  /** Closes the connection. Pending calls fail. Idempotent. */
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
    { signal, timeoutMs = this.#options.timeoutMs, waitingFor }: QueryOptions & { waitingFor: string },
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.#closed !== undefined) throw failure(attempt, new Error(`the connection is gone: ${this.#closed}`));
    try {
      return await deadline(work(), timeoutMs, signal);
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
      const chunk = new Uint8Array(CHUNK_BYTES);
      const count = await this.#connection.read(chunk);
      if (count === null) throw new Error("it closed the connection");
      this.#received.add(chunk.subarray(0, count));
    } catch (error) {
      // Closing the connection makes the pending read fail.
      throw this.#closed === undefined ? error : new Error(this.#closed);
    } finally {
      this.#filling = undefined;
    }
  }
}

/** A denied permission stays as it is: the host adds which permission to grant. */
function failure(attempt: string, cause: unknown, type = cause instanceof Error ? cause.name : "Error"): LabError {
  if (cause instanceof Deno.errors.NotCapable) throw cause;
  if (cause instanceof LabError) return cause;
  if (cause instanceof DeadlineError) type = "TimeoutError";
  return new LabError("DriverError", `${attempt}: ${messageOf(cause)}`, {
    type: type === "Error" ? undefined : type,
    cause,
  });
}
