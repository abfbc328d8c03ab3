import { DeadlineError } from "../../async/mod.ts";
import { LabError, messageOf } from "../../errors.ts";
import { type ByteConnection, DEFAULT_SILENCE_MS } from "./byte_connection.ts";
import { connectionError, quoted, WrongAnswer } from "./connection_error.ts";
import type { LineFormat } from "./line_format.ts";
import type { LineInputOptions, LinesOptions } from "./line_options.ts";

/** The time for which the rest of a line may follow before a query, in milliseconds. */
const REST_OF_LINE_MS = 50;

/** The received bytes that wait for `lines()`. Beyond it the older ones are discarded. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** The lines that a query leaves to a slow reader of `lines()`. Beyond it the older ones are discarded. */
const MAX_UNREAD_LINES = 10_000;

/** The time for which lines are taken in a row, before everything else in the process has its turn, in milliseconds. */
const MAX_TURN_MS = 10;

/** Lines between two reads of the clock. */
const CLOCK_EVERY = 64;

/** The lines that arrive on a connection: each is an answer, one of `lines()`, or unsolicited. */
export class LineInput {
  /** The lines, and beginnings of lines, that were no answer and that `lines()` did not yield. */
  unsolicited = 0;
  /** True while an exchange runs: the input is then its answer. */
  asks = false;
  readonly #bytes: ByteConnection;
  readonly #format: LineFormat;
  readonly #options: LineInputOptions;
  /** Lines that a query has left to `lines()`. */
  #left: string[] = [];
  /** The calls of `lines()` that have not ended. */
  #readers = 0;

  constructor(bytes: ByteConnection, format: LineFormat, options: LineInputOptions) {
    this.#bytes = bytes;
    this.#format = format;
    this.#options = options;
    bytes.onUnread = () => this.#keepUnread();
  }

  /** The next line that is an answer. */
  async answer(): Promise<string> {
    for (;;) {
      const line = await this.line();
      if (this.#isIgnored(line)) continue;
      const { unsolicited } = this.#options;
      if (unsolicited === undefined || line.search(unsolicited) < 0) return line;
      this.#handOver([line]);
    }
  }

  /** Resolves with the next line, of any content. */
  async line(): Promise<string> {
    for (;;) {
      const line = this.#take();
      if (line !== undefined) return line;
      await this.#change();
    }
  }

  /** Waits until what has arrived fulfils a condition, which is checked again after each arrival and `pollMs`. */
  async until(condition: (received: Uint8Array<ArrayBuffer>) => boolean, pollMs = Infinity): Promise<void> {
    while (!condition(this.#bytes.waiting)) await this.#change(pollMs);
  }

  /** Removes the input before a query: whole lines, and a begun line with its rest. */
  async clear(): Promise<void> {
    // A connection that has ended receives nothing.
    if (!this.#bytes.isOpen) return;
    this.#handOver(this.#takeAll());
    while (this.#bytes.waiting.length > 0) {
      const restMs = REST_OF_LINE_MS - this.#bytes.silentMs;
      if (restMs <= 0 || this.#bytes.waiting.length > this.#format.maxLineBytes) {
        this.#bytes.take();
        this.unsolicited++;
        return;
      }
      await this.#change(restMs);
      const lines = this.#takeAll();
      this.#handOver(lines);
      if (lines.length > 0) return;
    }
  }

  async *lines(
    signal: AbortSignal | undefined,
    { silenceMs = DEFAULT_SILENCE_MS, skipFirst = false }: LinesOptions,
  ): AsyncGenerator<string, void, undefined> {
    let isFirst = skipFirst;
    let turn = performance.now();
    let count = 0;
    this.#readers++;
    try {
      while (!signal?.aborted) {
        // A peer that floods would keep the process busy with lines that the driver skips.
        if (++count % CLOCK_EVERY === 0 && performance.now() - turn > MAX_TURN_MS) {
          await new Promise((resolve) => setImmediate(resolve));
          turn = performance.now();
        }
        const line = this.#left.shift() ?? (this.asks ? undefined : this.#take());
        if (line === undefined) await this.#arrival(silenceMs, signal);
        else if (isFirst) isFirst = false;
        else if (!this.#isIgnored(line)) yield line;
      }
    } catch (thrown) {
      if (signal?.aborted) return;
      const error = connectionError(`Cannot read from ${this.#bytes.peer}`, thrown);
      if (!(thrown instanceof WrongAnswer)) this.#bytes.fail(error);
      throw error;
    } finally {
      this.#readers--;
    }
  }

  discard(): number {
    const count = this.#left.length + this.#takeAll().length;
    this.#left = [];
    this.unsolicited += count;
    return count;
  }

  /** The bytes that have arrived and are no line, for the message of a time-out. */
  get received(): string {
    const { waiting } = this.#bytes;
    return waiting.length > 0 ? `; ${quoted(waiting)} came and is not complete` : "";
  }

  #isIgnored(line: string): boolean {
    return line === "" && this.#options.skipBlank === true;
  }

  /** The next line, if all of it has arrived. */
  #take(): string | undefined {
    const { waiting, silentMs } = this.#bytes;
    const found = this.#format.find(waiting, silentMs);
    const { maxLineBytes } = this.#format;
    if ((found?.text ?? waiting.length) > maxLineBytes) {
      throw new Error(`its line is longer than ${maxLineBytes} bytes`);
    }
    if (!found) return undefined;
    const bytes = this.#bytes.take(found.whole).subarray(0, found.text);
    try {
      return this.#format.decode(bytes);
    } catch (error) {
      throw new WrongAnswer(error instanceof LabError ? error.type : "WrongEncoding", messageOf(error));
    }
  }

  /** All lines that have arrived. A line that ends with a pause has ended here. One that cannot be read is quoted. */
  #takeAll(): string[] {
    const lines: string[] = [];
    for (;;) {
      const found = this.#format.find(this.#bytes.waiting, Infinity);
      if (!found) return lines;
      const bytes = this.#bytes.take(found.whole).subarray(0, found.text);
      try {
        lines.push(this.#format.decode(bytes));
      } catch {
        lines.push(quoted(bytes));
      }
    }
  }

  /** Lines that are no answer. */
  #handOver(lines: string[]): void {
    const { onUnsolicited } = this.#options;
    if (this.#readers > 0 && !onUnsolicited) {
      for (const line of lines) this.#left.push(line);
      this.unsolicited += this.#left.splice(0, Math.max(0, this.#left.length - MAX_UNREAD_LINES)).length;
      return;
    }
    this.unsolicited += lines.length;
    if (onUnsolicited) lines.forEach((line) => onUnsolicited(line));
  }

  /** Bytes have arrived that no read waits for. */
  #keepUnread(): void {
    if (this.asks || this.#readers > 0) return;
    if (this.#options.onUnsolicited && this.#format.idleMs === undefined) this.#handOver(this.#takeAll());
    while (this.#bytes.waiting.length > MAX_UNREAD_BYTES) {
      const found = this.#format.find(this.#bytes.waiting, 0);
      this.#bytes.take(found?.whole);
      this.unsolicited++;
    }
  }

  /** Waits for an arrival, at most `ms` or as long as the pause that ends a line. */
  async #change(ms = Infinity, signal?: AbortSignal): Promise<void> {
    this.#bytes.assertOpen();
    const { waiting, silentMs } = this.#bytes;
    const endMs = waiting.length > 0 ? this.#format.idleMs ?? Infinity : Infinity;
    await this.#bytes.change(Math.max(0, Math.min(ms, endMs - silentMs)), signal).catch((error) => {
      if (!(error instanceof DeadlineError)) throw error;
    });
  }

  /** Waits for input on behalf of `lines()`, where silence is a failure. */
  async #arrival(silenceMs: number, signal?: AbortSignal): Promise<void> {
    const start = performance.now();
    await this.#change(silenceMs, signal);
    if (performance.now() - start < silenceMs || this.#bytes.silentMs < silenceMs) return;
    throw new Error(`nothing has come for ${silenceMs / 1000} s${this.received}`);
  }
}
