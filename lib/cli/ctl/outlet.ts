/** Where the bytes go: standard output or standard error, or a test. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Of the terminal, now. */
  size(): { columns: number; rows: number };
  /** Rejects when that cannot be: by an error named `BrokenPipe`, if nobody reads any more. */
  write(bytes: Uint8Array): Promise<void>;
}

/** What may wait for a reader who is slow. */
const MOST_WAITING = 64 * 1024;

const encoder = new TextEncoder();

/**
 * Text on its way out. While one write is under way, what comes meanwhile gathers for the next, so that a fast device
 * costs few writes; who writes faster than somebody reads waits.
 */
export class Outlet {
  readonly #sink: Sink;
  readonly #closed = new AbortController();
  #waiting = "";
  #flight: Promise<void> | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get isTerminal(): boolean {
    return this.#sink.isTerminal;
  }

  /** How many characters fit on a line, and how many lines; a pipe takes all. */
  get size(): { columns: number; rows: number } {
    if (!this.isTerminal) return { columns: Infinity, rows: Infinity };
    const { columns, rows } = this.#sink.size();
    // Some terminals, such as a container's, say 0.
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Aborts, with the error, when nothing more can be written. What comes after that is dropped. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Resolves when there is room for more. */
  async write(text: string): Promise<void> {
    if (this.closed.aborted) return;
    this.#waiting += text;
    this.#flight ??= this.#fly();
    if (this.#waiting.length > MOST_WAITING) await this.#flight;
  }

  /** Writes a line. */
  print(line: string): Promise<void> {
    return this.write(`${line}\n`);
  }

  /** Resolves when all is written. */
  async flush(): Promise<void> {
    await this.#flight;
  }

  async #fly(): Promise<void> {
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
      this.#flight = undefined;
    }
  }
}
