/** The buffer of small parts: it stays in the processor's cache. */
const BUFFER_BYTES = 256 * 1024;

/** Larger parts are written as they are. */
const MAX_COPIED_BYTES = 128 * 1024;

/**
 * Writes parts in few, large pieces: each write costs the daemon more than copying does. All copies go through one buffer, since
 * new memory costs more than the copy.
 */
export class GatheredWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);

  /** @param write Resolves when it needs the bytes no more. */
  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  /** Writes all parts in order. */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    let length = 0;
    for (const part of parts) {
      const isCopied = part.length <= MAX_COPIED_BYTES;
      if (length > 0 && (!isCopied || length + part.length > BUFFER_BYTES)) {
        await this.#write(this.#buffer.subarray(0, length));
        length = 0;
      }
      if (isCopied) {
        this.#buffer.set(part, length);
        length += part.length;
      } else await this.#write(part);
    }
    if (length > 0) await this.#write(this.#buffer.subarray(0, length));
  }

  close(): void {}
}
