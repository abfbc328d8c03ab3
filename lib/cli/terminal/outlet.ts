import { printable } from "../../errors.ts";

/** The destination of the bytes: standard output, standard error, or a test. */
export interface Sink {
  readonly isTerminal: boolean;
  /** The current size of the terminal. */
  size(): { columns: number; rows: number };
  /** Rejects with an error named `BrokenPipe` when the reader has closed the pipe. */
  write(bytes: Uint8Array): Promise<void>;
}

/** The characters that may wait for a slow reader. */
const MAX_WAITING_CHARS = 64 * 1024;

const encoder = new TextEncoder();

/** The sequences that set a colour. */
const COLOUR =
  // deno-lint-ignore no-control-regex
  /(\x1b\[[\d;]*m)/;

/** A line without control characters but those of colours, tabs and line ends. */
function harmless(line: string): string {
  const plain = (text: string) => text.split(/([\t\n])/).map((part, i) => i % 2 ? part : printable(part)).join("");
  return line.split(COLOUR).map((part, i) => i % 2 ? part : plain(part)).join("");
}

/**
 * Buffered text output. Text that arrives during a write goes out with the next one, so that a fast device costs few
 * writes. A writer that is faster than the reader waits.
 */
export class Outlet {
  readonly #sink: Sink;
  readonly #closed = new AbortController();
  #waiting = "";
  #writing: Promise<void> | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get isTerminal(): boolean {
    return this.#sink.isTerminal;
  }

  /** The size of the terminal in characters; infinite for a pipe. */
  get size(): { columns: number; rows: number } {
    if (!this.isTerminal) return { columns: Infinity, rows: Infinity };
    const { columns, rows } = this.#sink.size();
    // Some terminals, such as a container's, report 0.
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Aborts with the error when nothing more can be written. Later text is dropped. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Writes a text. Resolves when there is room for more. */
  async write(text: string): Promise<void> {
    if (this.closed.aborted) return;
    this.#waiting += text;
    this.#writing ??= this.#writeAll();
    if (this.#waiting.length > MAX_WAITING_CHARS) await this.#writing;
  }

  /** Writes bytes as they are, behind all text. Resolves when there is room for more. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    await this.#writing;
    if (this.closed.aborted) return;
    await this.#sink.write(bytes).catch((error) => this.#closed.abort(error));
  }

  /** Writes a line. A terminal gets colours, and no other control characters: a driver or an instrument may have sent them. */
  print(line: string): Promise<void> {
    return this.write(`${this.isTerminal ? harmless(line) : line}\n`);
  }

  /** Writes a value as JSON: on several lines for a person, on one for a program. */
  async printJson(value: unknown): Promise<void> {
    if (!this.isTerminal) return await this.print(JSON.stringify(value ?? null));
    for (const line of JSON.stringify(value ?? null, null, 2).split("\n")) await this.print(printable(line));
  }

  /** Resolves when all is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting) {
        const bytes = encoder.encode(this.#waiting);
        this.#waiting = "";
        await this.#sink.write(bytes);
      }
    } catch (error) {
      this.#waiting = "";
      this.#closed.abort(error);
    } finally {
      this.#writing = undefined;
    }
  }
}
