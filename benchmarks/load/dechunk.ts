const CR = 13;
const LF = 10;

/** The value of each hexadecimal digit by its byte; -1 of all others. */
const DIGITS = new Int8Array(256).fill(-1);
for (let i = 0; i < 256; i++) {
  if (/[0-9a-f]/i.test(String.fromCharCode(i))) DIGITS[i] = parseInt(String.fromCharCode(i), 16);
}

/** Takes HTTP/1.1's chunked coding off a body, in place. A chunk may begin and end anywhere, also within an event. */
export class Dechunker {
  /** True at the end of the body. */
  done = false;
  /** Bytes of the present chunk still to come. */
  #left = 0;
  /** The digits of the next chunk's size so far; -1 before the first one. */
  #size = -1;

  /**
   * Closes the body's bytes up within `bytes` from `start` to `end`.
   *
   * @returns where the body's bytes now end.
   * @throws {RangeError} if the coding is broken.
   */
  compact(bytes: Uint8Array, start: number, end: number): number {
    let to = start;
    for (let at = start; at < end && !this.done;) {
      if (this.#left > 0) {
        const part = Math.min(this.#left, end - at);
        if (to < at) bytes.copyWithin(to, at, at + part);
        to += part;
        at += part;
        this.#left -= part;
      } else this.#line(bytes[at++]);
    }
    return to;
  }

  /** A byte between two chunks: the line end of the last, or the next one's size. */
  #line(byte: number): void {
    if (byte === CR) return;
    if (byte === LF) {
      this.done = this.#size === 0;
      this.#left = Math.max(0, this.#size);
      this.#size = -1;
      return;
    }
    const digit = DIGITS[byte];
    if (digit < 0) throw new RangeError(`Cannot read a chunk: byte ${byte} stands where its size is due`);
    this.#size = Math.max(0, this.#size) * 16 + digit;
  }
}
