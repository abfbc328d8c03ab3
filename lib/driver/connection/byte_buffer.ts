/** The bytes that have arrived and are not yet taken. */
export class ByteBuffer {
  #bytes = new Uint8Array(1024);
  #start = 0;
  #end = 0;

  /** The number of bytes that wait. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The bytes that wait, without a copy. Valid until the next {@linkcode add}. */
  get waiting(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  add(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#bytes.length) this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Removes bytes from the front and returns them, as a copy. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(this.#start, this.#start + count);
    this.#start += taken.length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return taken;
  }

  #makeRoom(count: number): void {
    const { waiting } = this;
    const isWide = (waiting.length + count) * 2 <= this.#bytes.length;
    const bytes = isWide ? this.#bytes : new Uint8Array((waiting.length + count) * 2);
    if (isWide) bytes.copyWithin(0, this.#start, this.#end);
    else bytes.set(waiting);
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = waiting.length;
  }
}
