const LF = 10;

/** Collects received bytes, and returns them as lines of text. A line ends with LF or CR LF. */
export class LineBuffer {
  readonly #maxLineBytes: number;
  #bytes = new Uint8Array(0);
  /** The number of bytes that were searched for the end of a line. */
  #seen = 0;

  /** @param maxLineBytes The maximal length of a line, in bytes. */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  add(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined;
  }

  /**
   * The next line without its end; `undefined` until all of it has arrived.
   *
   * @throws {Error} if it is too long, complete or not.
   */
  take(): string | undefined {
    const end = this.#bytes.indexOf(LF, this.#seen);
    const length = end < 0 ? this.#bytes.length : end;
    if (length > this.#maxLineBytes) throw new Error(`its line is longer than ${this.#maxLineBytes} bytes`);
    this.#seen = end < 0 ? length : 0;
    if (end < 0) return undefined;
    // Decoded line by line: a character may arrive in two pieces.
    const line = new TextDecoder().decode(this.#bytes.subarray(0, end));
    this.#bytes = this.#bytes.slice(end + 1);
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }
}
