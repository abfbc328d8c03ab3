import { deadline } from "../../async/deadline.ts";

/** The characters that may wait for the reader: some thousand lines. */
const MAX_WAITING = 512 * 1024;

/** Standard output or standard error. Each call writes the first bytes, and returns their number. */
export interface Output {
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
}

/**
 * Lines for a terminal, a file or a pipe, in order and without delay. A blocked output, such as a terminal after Ctrl-S, does
 * not stop the daemon: lines then wait, and when too many do, they are dropped and counted.
 */
export class Printer {
  readonly #out: Output;
  readonly #isFile: boolean;
  readonly #onDropped: (count: number) => void;
  readonly #encoder = new TextEncoder();
  #waiting = "";
  #dropped = 0;
  #writing: Promise<void> | undefined;

  /**
   * @param onDropped Called with the number of dropped lines when the output is free again; it may print.
   * @param options With `isFile`, a line is written when {@linkcode print} returns: a file does not block, and has the lines
   * before a kill -9.
   */
  constructor(out: Output, onDropped: (count: number) => void, { isFile = false } = {}) {
    this.#out = out;
    this.#onDropped = onDropped;
    this.#isFile = isFile;
  }

  /** Prints a line, or several, ended by a line end. */
  print(text: string): void {
    if (this.#isFile) return this.#printNow(text);
    // After the first dropped line all are dropped until that is reported: the report then stands in their place.
    if (this.#dropped || this.#waiting.length + text.length > MAX_WAITING) this.#dropped++;
    else this.#waiting += text;
    this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
  }

  /** Resolves when all is written, or after `limitMs`. */
  async flush(limitMs: number): Promise<void> {
    await deadline(this.#writing ?? Promise.resolve(), limitMs).catch(() => {});
  }

  #printNow(text: string): void {
    try {
      for (let rest = this.#encoder.encode(text); rest.length;) rest = rest.subarray(this.#out.writeSync(rest));
    } catch {
      // The disk may be full. The daemon goes on.
    }
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting) {
        let rest = this.#encoder.encode(this.#waiting);
        this.#waiting = "";
        while (rest.length) rest = rest.subarray(await this.#out.write(rest));
        if (!this.#waiting) this.#reportDropped();
      }
    } catch {
      // The reader has closed the pipe. The daemon goes on.
      this.#waiting = "";
    }
  }

  #reportDropped(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped) this.#onDropped(dropped);
  }
}
