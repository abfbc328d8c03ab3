const CR = 13;
const LF = 10;
const decoder = new TextDecoder();

/**
 * Takes HTTP/1.1's chunked coding off a body, whatever the pieces it arrives in.
 *
 * @throws {RangeError} if the coding is broken.
 */
export class Dechunker {
  /** Bytes of the present chunk still to come; -1 while its size line is being read. */
  #left = -1;
  /** What is known of the size line, or of the line end after a chunk. */
  #line: number[] = [];
  done = false;

  /** The body's bytes in `piece`, as views into it. */
  *push(piece: Uint8Array): Generator<Uint8Array, void, undefined> {
    let at = 0;
    while (at < piece.length && !this.done) {
      if (this.#left > 0) {
        const part = piece.subarray(at, at + this.#left);
        at += part.length;
        this.#left -= part.length;
        yield part;
        continue;
      }
      const byte = piece[at++];
      if (byte === CR) continue;
      if (byte !== LF) {
        this.#line.push(byte);
        continue;
      }
      if (this.#left === 0) this.#left = -1;
      else this.#begin();
    }
  }

  #begin(): void {
    const line = decoder.decode(Uint8Array.from(this.#line));
    const size = Number.parseInt(line, 16);
    if (!/^[0-9a-f]+$/i.test(line)) {
      throw new RangeError(`Cannot read a chunk: its size line is ${JSON.stringify(line)}`);
    }
    this.#line = [];
    this.#left = size;
    this.done = size === 0;
  }
}
