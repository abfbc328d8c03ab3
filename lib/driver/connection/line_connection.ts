import type { LabError } from "../../errors.ts";
import type { ByteConnection } from "./byte_connection.ts";
import type { Frame } from "./byte_options.ts";
import { quoted, WrongAnswer } from "./connection_error.ts";
import { Exchanges } from "./exchanges.ts";
import { LineFormat, type LinePattern } from "./line_format.ts";
import { LineInput } from "./line_input.ts";
import type { LineOptions, LinesOptions, QueryOptions } from "./line_options.ts";
import { type BlockOptions, readBlock } from "./read_block.ts";

/**
 * A connection that sends and receives lines of text, and binary data between them, over any {@linkcode ByteConnection}.
 * Exchanges run one at a time, in the order of the calls.
 *
 * **An answer is never the next question's.** Before a query, unsolicited input is discarded, or handed to
 * `onUnsolicited` or {@linkcode lines}, and counted in {@linkcode unsolicited}. After an exchange that fails by its
 * limit, the connection counts as lost, because the answer may come late. Later queries fail with that reason, and the
 * host connects the device again: a driver does not catch the error. {@linkcode write} still sends until the connection
 * is closed, so that `safe` can switch an output off. An answer that came and is wrong (its encoding, its checksum, not
 * the expected acknowledgement) is an error of its call, and the connection stays open.
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
  readonly #input: LineInput;
  readonly #exchanges: Exchanges;

  /** @throws {LabError} `InvalidRequest`, if received lines have no end. */
  constructor(connection: ByteConnection, options: LineOptions = {}) {
    this.#bytes = connection;
    const format = new LineFormat(options);
    this.#input = new LineInput(connection, format, options);
    this.#exchanges = new Exchanges(connection, format, this.#input, options);
    const { keepAlive } = options;
    if (keepAlive) this.#exchanges.whenIdle(keepAlive.everyMs, () => this.query(keepAlive.query));
  }

  /** The number of lines, and of beginnings of lines, that were no answer and that {@linkcode lines} did not yield. */
  get unsolicited(): number {
    return this.#input.unsolicited;
  }

  /** False once the connection is closed or lost. */
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
    return this.#exchanges.run(exchange, async () => {
      await this.#exchanges.send(text);
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
    return this.#exchanges.run(exchange, () => this.#exchanges.send(text));
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
    return this.#exchanges.run({ ...options, attempt, missing: "no acknowledgement" }, async () => {
      await this.#exchanges.send(text);
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
    return this.#exchanges.run({ ...options, attempt: this.#asking(text), missing: "no block" }, async () => {
      await this.#exchanges.send(text);
      return await readBlock(this.#bytes, this.#input, options);
    });
  }

  /**
   * Sends bytes as they are, or a line, and resolves with an answer that is not a line.
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
    return this.#exchanges.run({ ...options, attempt, missing: "no answer" }, async () => {
      await this.#exchanges.send(request);
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
    this.#exchanges.close();
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
}
