const LF = 10;

/** Bytes go in as they come, lines of text come out. A line ends with LF or CR LF. */
export class LineBuffer {
  readonly #longest: number;
  #bytes = new Uint8Array(0);
  /** How much of it holds no end of a line. */
  #seen = 0;

  /** @param longest The longest line that may come, in bytes. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  add(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined;
  }

  /**
   * The next line without its end, if it is all there.
   *
   * @throws {Error} if it is too long, be it all there or not.
   */
  take(): string | undefined {
    const end = this.#bytes.indexOf(LF, this.#seen);
    const length = end < 0 ? this.#bytes.length : end;
    if (length > this.#longest) throw new Error(`its line is longer than ${this.#longest} bytes`);
    this.#seen = end < 0 ? length : 0;
    if (end < 0) return undefined;
    // Whole lines only: a character may have come in two pieces.
    const line = new TextDecoder().decode(this.#bytes.subarray(0, end));
    this.#bytes = this.#bytes.slice(end + 1);
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }
}
