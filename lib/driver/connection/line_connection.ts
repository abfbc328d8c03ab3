import { abortable, deadline, DeadlineError, delay, Mutex } from "../../async/mod.ts";
import type { LabError } from "../../errors.ts";
import { type BlockHeader, blockHeader, endsIndefinite } from "./binary_block.ts";
import { type ByteConnection, DEFAULT_TIMEOUT_MS, type Frame } from "./byte_connection.ts";
import { connectionError, quoted } from "./connection_error.ts";
import { LineFormat, type LineFormatOptions, type LinePattern } from "./line_format.ts";
import { LineInput, type LineInputOptions, type LinesOptions, WrongAnswer } from "./line_input.ts";

/** Options of lines over a connection. */
export interface LineOptions extends LineFormatOptions, LineInputOptions {
  /**
   * The limit of each query, command and write, in milliseconds.
   *
   * @default {5_000}
   */
  timeoutMs?: number;
  /**
   * The pause between the end of one exchange and the next line that is sent, in milliseconds.
   *
   * @default {0}
   */
  delayMs?: number;
  /** The instrument repeats each line that it gets, before it answers. The echo is checked, and is no answer. */
  echo?: boolean;
  /**
   * A question that is asked when nothing was exchanged for `everyMs` milliseconds: an instrument that has gone without
   * closing the connection is noticed while no query is sent.
   */
  keepAlive?: { query: string; everyMs: number };
}

/** Options of one query. */
export interface QueryOptions {
  /** Stops waiting. The exchange itself goes on until its answer or its limit: the next query does not get this answer. */
  signal?: AbortSignal;
  /** The limit of this query, in milliseconds. Defaults to the connection's `timeoutMs`. */
  timeoutMs?: number;
}

/** Options of {@linkcode LineConnection.queryBlock}. */
export interface BlockOptions extends QueryOptions {
  /**
   * The maximal number of bytes. After a longer block the connection counts as lost.
   *
   * @default {67_108_864}
   */
  maxBlockBytes?: number;
  /**
   * False if the instrument sends no line end after a block.
   *
   * @default {true}
   */
  terminated?: boolean;
}

/** The pause that shows the end of a block of indefinite length, in milliseconds. */
const END_OF_BLOCK_MS = 50;

const DEFAULT_MAX_BLOCK_BYTES = 64 * 1024 * 1024;

const HASH = "#".charCodeAt(0);

/** Settles as `work` does, if that is done in this turn of the event loop: an answer may have come while it was busy. */
async function lastTurn<T>(work: Promise<T>, late: DeadlineError): Promise<T> {
  const turn = new Promise<never>((_, reject) => setImmediate(() => setImmediate(() => reject(late))));
  return await Promise.race([work, turn]);
}

/** One exchange with the instrument. */
interface Exchange extends QueryOptions {
  /** The beginning of its errors. */
  attempt: string;
  /** What is missing at the limit. */
  missing: string;
  /** It waits for no answer. */
  onlySends?: boolean;
}

/**
 * A connection that sends and receives lines of text, and binary data between them, over any {@linkcode ByteConnection}.
 * Exchanges run one at a time, in the order of the calls.
 *
 * **An answer is never the next question's.** Before a query, what has come unasked is discarded, or handed to
 * `onUnsolicited` or {@linkcode lines}, and counted in {@linkcode unsolicited}. After an exchange that fails by its limit,
 * the connection counts as lost, because the answer may come late. Later queries fail with that reason, and the host
 * connects the device again: a driver does not catch the error. {@linkcode write} still sends until the connection is
 * closed, so that `safe` can switch an output off. An answer that came and is wrong (its encoding, its checksum, not the
 * expected acknowledgement) is an error of its call, and the connection stays open.
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
  readonly #bytes: ByteConnection;
  readonly #options: LineOptions & { timeoutMs: number; delayMs: number };
  readonly #format: LineFormat;
  readonly #input: LineInput;
  readonly #turn = new Mutex();
  /** The end of the last exchange, by the monotonic clock. */
  #endedAt = -Infinity;
  #keepAliveTimer: ReturnType<typeof setInterval> | undefined;

  /** @throws {LabError} `InvalidRequest`, if received lines have no end. */
  constructor(connection: ByteConnection, options: LineOptions = {}) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, delayMs = 0 } = options;
    this.#bytes = connection;
    this.#options = { ...options, timeoutMs, delayMs };
    this.#format = new LineFormat(options);
    this.#input = new LineInput(connection, this.#format, options);
    if (options.keepAlive) this.#keepAlive(options.keepAlive);
  }

  /** The number of lines, and of beginnings of lines, that were no answer and that {@linkcode lines} did not yield. */
  get unsolicited(): number {
    return this.#input.unsolicited;
  }

  /** False once it is closed or lost. */
  get isOpen(): boolean {
    return this.#bytes.isOpen;
  }

  /** Resolves with the reason when the connection is lost. Pending as long as it is open, and after {@linkcode close}. */
  get lost(): Promise<LabError> {
    return this.#bytes.lost;
  }

  /**
   * Sends a line and resolves with the next received line, without its end.
   *
   * @throws {LabError} `DriverError` with the query, the address and the failure; or the signal's reason.
   */
  query(text: string, options: QueryOptions = {}): Promise<string> {
    const exchange = { ...options, attempt: this.#asking(text), missing: "no answer" };
    return this.#exchange(exchange, async () => {
      await this.#send(text);
      return await this.#input.answer();
    });
  }

  /**
   * Sends a line that has no answer. Also after a query without an answer, for as long as the connection is not closed.
   *
   * @throws {LabError} As {@linkcode query}.
   */
  write(text: string, options: QueryOptions = {}): Promise<void> {
    const exchange = { ...options, attempt: this.#sending(text), missing: "it was not taken", onlySends: true };
    return this.#exchange(exchange, () => this.#send(text));
  }

  /**
   * Sends a line that the instrument acknowledges, and resolves with the acknowledgement.
   *
   * @param expect The acknowledgement: the whole line, or a pattern.
   * @throws {LabError} As {@linkcode query}; of type `NotAcknowledged`, with the answer, if that is another one.
   *
   * @example
   * ```ts
   * import { connectLines } from "labdaemon/driver";
   * import { fakeInstrument } from "labdaemon/testing";
   *
   * await using stage = fakeInstrument({ acknowledge: "OK", answers: { "MOVE 1000": "E12 limit" } });
   * using connection = await connectLines({ hostname: stage.host, port: stage.port });
   * await connection.command("MOVE 10");
   * const error = await connection.command("MOVE 1000").catch((error) => error);
   * console.assert(error.message.endsWith('expected "OK", found "E12 limit"'));
   * ```
   */
  command(text: string, expect: string | LinePattern = "OK", options: QueryOptions = {}): Promise<string> {
    const attempt = this.#sending(text);
    return this.#exchange({ ...options, attempt, missing: "no acknowledgement" }, async () => {
      await this.#send(text);
      const answer = await this.#input.answer();
      if (typeof expect === "string" ? answer === expect : answer.search(expect) >= 0) return answer;
      const expected = typeof expect === "string" ? JSON.stringify(expect) : String(expect);
      throw new WrongAnswer("NotAcknowledged", `expected ${expected}, found ${JSON.stringify(answer)}`);
    });
  }

  /**
   * Sends a line and resolves with the data of the IEEE 488.2 binary block that answers it, of definite (`#42048…`) or
   * indefinite (`#0…`) length. {@linkcode toFloat32} reads numbers from it.
   *
   * @throws {LabError} As {@linkcode query}; with the answer, if that is a line of text.
   *
   * @example
   * ```ts
   * import { connectLines, toFloat32 } from "labdaemon/driver";
   * import { fakeInstrument } from "labdaemon/testing";
   *
   * const block = new Uint8Array([...new TextEncoder().encode("#14"), 0x3f, 0x80, 0, 0, 10]);
   * await using scope = fakeInstrument({ answers: { "CURV?": () => block } });
   * using connection = await connectLines({ hostname: scope.host, port: scope.port });
   * console.assert(toFloat32(await connection.queryBlock("CURV?"), "big")[0] === 1);
   * ```
   */
  queryBlock(text: string, options: BlockOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const { maxBlockBytes = DEFAULT_MAX_BLOCK_BYTES, terminated = true } = options;
    return this.#exchange({ ...options, attempt: this.#asking(text), missing: "no block" }, async () => {
      await this.#send(text);
      const { start, end } = await this.#header(maxBlockBytes);
      if (end === undefined) {
        const isAll = (received: Uint8Array) => {
          if (received.length > maxBlockBytes) throw new Error(`its block is longer than ${maxBlockBytes} bytes`);
          return endsIndefinite(received) && this.#bytes.silentMs >= END_OF_BLOCK_MS;
        };
        await this.#input.until(isAll, END_OF_BLOCK_MS);
        return this.#bytes.take().slice(start, -1);
      }
      await this.#input.until((received) => received.length >= end);
      const data = this.#bytes.take(end).subarray(start);
      if (terminated && await this.#input.line() !== "") throw new Error("its block is longer than its header says");
      return data;
    });
  }

  /**
   * Sends bytes as they are, or a line, and resolves with an answer that is no line.
   *
   * @param frame The number of bytes of the answer, or a function that finds its end.
   * @throws {LabError} As {@linkcode query}.
   *
   * @example An answer whose second byte is the number of those that follow
   * ```ts
   * import { connectLines, type Frame } from "labdaemon/driver";
   * import { fakeInstrument } from "labdaemon/testing";
   *
   * const frame: Frame = (received) => received.length >= 2 ? 2 + received[1] : undefined;
   *
   * await using meter = fakeInstrument({ answers: { "R": () => new Uint8Array([1, 2, 30, 40]) } });
   * using connection = await connectLines({ hostname: meter.host, port: meter.port });
   * console.assert((await connection.queryBytes("R", frame)).join() === "1,2,30,40");
   * console.assert((await connection.queryBytes("R", 4)).join() === "1,2,30,40");
   * ```
   */
  queryBytes(
    request: string | Uint8Array,
    frame: number | Frame,
    options: QueryOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const attempt = typeof request === "string"
      ? this.#asking(request)
      : `Cannot ask ${quoted(request)} of ${this.#peer}`;
    const lengthOf: Frame = typeof frame === "function" ? frame : () => frame;
    return this.#exchange({ ...options, attempt, missing: "no answer" }, async () => {
      await this.#send(request);
      let length: number | undefined;
      await this.#input.until((received) => (length = lengthOf(received)) !== undefined && received.length >= length);
      return this.#bytes.take(length);
    });
  }

  /**
   * Yields each line that comes without a query. Returns when the signal aborts; the connection stays open, and lines that
   * come then wait for the next call. Queries may run meanwhile: the line after a query is its answer.
   *
   * @throws {LabError} `DriverError`, when the connection is lost, or nothing has come for `silenceMs`.
   */
  lines(signal?: AbortSignal, options: LinesOptions = {}): AsyncGenerator<string, void, undefined> {
    return this.#input.lines(signal, options);
  }

  /** Discards what has come and was not read, and returns the number of lines: at the start of a stream, they are old. */
  discard(): number {
    return this.#input.discard();
  }

  /** Closes the connection. Pending calls fail. Idempotent. */
  close(): void {
    clearInterval(this.#keepAliveTimer);
    this.#bytes.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #peer(): string {
    return this.#bytes.peer;
  }

  #asking(text: string): string {
    return `Cannot ask ${JSON.stringify(text)} of ${this.#peer}`;
  }

  #sending(text: string): string {
    return `Cannot send ${JSON.stringify(text)} to ${this.#peer}`;
  }

  /** Runs an exchange in its turn. */
  async #exchange<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
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

  #keepAlive({ query, everyMs }: { query: string; everyMs: number }): void {
    const timer = this.#keepAliveTimer = setInterval(() => {
      // Without an answer the connection is lost, with that reason.
      if (performance.now() - this.#endedAt >= everyMs && !this.#input.asks) this.query(query).catch(() => {});
    }, everyMs);
    this.#bytes.lost.then(() => clearInterval(timer));
  }

  async #send(request: string | Uint8Array): Promise<void> {
    const bytes = typeof request === "string" ? this.#format.encode(request) : request;
    await this.#input.clear();
    await this.#bytes.write(bytes);
    if (!this.#options.echo || typeof request !== "string" || !this.#bytes.isOpen) return;
    const echo = await this.#input.line();
    if (echo !== request) {
      throw new Error(`expected its echo ${JSON.stringify(request)}, found ${JSON.stringify(echo)}`);
    }
  }

  /** The header of a block. A line of text, as instruments answer when they have no data, is a wrong answer. */
  async #header(maxBytes: number): Promise<BlockHeader> {
    await this.#input.until((received) => received.length > 0);
    if (this.#bytes.waiting[0] !== HASH) {
      const line = await this.#input.answer();
      throw new WrongAnswer("NoBlock", `expected a binary block, found ${JSON.stringify(line)}`);
    }
    let header: BlockHeader | undefined;
    await this.#input.until((received) => (header = blockHeader(received, maxBytes)) !== undefined);
    return header!;
  }
}
