/** The state of {@linkcode PacketLengths}: the type of a packet comes next, its length, or its content. */
type Next = "type" | "length" | "content";

/** Follows the lengths of the packets in a stream of bytes (MQTT 3.1.1, section 2.2). */
export class PacketLengths {
  readonly #maxBytes: number;
  #next: Next = "type";
  /** The length so far; then the bytes of the content that have not come. */
  #bytes = 0;
  #factor = 1;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Follows the next bytes. @returns false if a packet is longer than it may be. */
  follow(chunk: Uint8Array): boolean {
    for (let i = 0; i < chunk.length;) {
      if (this.#next === "content") {
        const count = Math.min(this.#bytes, chunk.length - i);
        this.#bytes -= count;
        i += count;
        if (this.#bytes === 0) this.#next = "type";
        continue;
      }
      const byte = chunk[i++];
      if (this.#next === "type") {
        this.#next = "length";
        this.#bytes = 0;
        this.#factor = 1;
        continue;
      }
      this.#bytes += (byte & 0x7f) * this.#factor;
      this.#factor *= 0x80;
      if (this.#bytes > this.#maxBytes) return false;
      if (byte < 0x80) this.#next = this.#bytes > 0 ? "content" : "type";
    }
    return true;
  }
}
