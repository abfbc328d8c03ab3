import { delay } from "../../async/mod.ts";
import { ASLEEP_AT, BASE_AT, counterOf, HEAD_AT, RING_BYTES, RingFile } from "../protocol/ring_file.ts";

/** The time between two looks at a ring that is full. */
const FULL_MS = 10;

/**
 * When all bytes are read and more than this of the ring was used, writing begins again at its start: the part in use
 * then stays in the processor's cache, and a copy takes a third of the time.
 */
const WARM_BYTES = 256 * 1024;

/** The daemon's end of the ring of a recorder. */
export class RingWriter {
  readonly #ring: RingFile;
  readonly #wake: () => Promise<void>;
  #head = 0;
  #tail = 0;
  #base = 0;
  #isClosed = false;

  /**
   * Opens the ring that a recorder has made, and removes its name, so that it ends with the two processes.
   *
   * @param wake Called when there is something new for a reader that sleeps.
   * @throws the error that prevents it.
   */
  constructor(path: string, wake: () => Promise<void>) {
    this.#ring = RingFile.open(path);
    this.#wake = wake;
    Deno.removeSync(path);
  }

  /**
   * Writes all parts in order. Waits for the reader while the ring is full.
   *
   * @throws {Error} when the ring is closed.
   */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    this.#look();
    this.#rebase();
    for (const part of parts) {
      for (let rest = part; rest.length > 0;) {
        const room = RING_BYTES - (this.#head - this.#tail);
        if (room === 0) {
          if (await this.#publish()) continue;
          await delay(FULL_MS);
          continue;
        }
        if (this.#isClosed) throw new Error("The ring of the recorder is closed");
        const bytes = rest.subarray(0, room);
        this.#ring.write(this.#head - this.#base, bytes);
        this.#head += bytes.length;
        rest = rest.subarray(bytes.length);
      }
    }
    await this.#publish();
  }

  /**
   * Writes all parts, if there is room for them. Returns false if nothing was written.
   *
   * @throws {Error} when the ring is closed.
   */
  writeNow(parts: readonly Uint8Array[]): boolean {
    let length = 0;
    for (const part of parts) length += part.length;
    this.#look();
    if (length > RING_BYTES - (this.#head - this.#tail)) return false;
    this.#rebase();
    for (const part of parts) {
      this.#ring.write(this.#head - this.#base, part);
      this.#head += part.length;
    }
    this.#ring.setPair(HEAD_AT, this.#head);
    if (this.#look()) this.#wake().catch(() => {});
    return true;
  }

  close(): void {
    if (!this.#isClosed) this.#ring.close();
    this.#isClosed = true;
  }

  /** Begins at the start of the ring again, if all is read. The reader sees the new base before the new head. */
  #rebase(): void {
    if (this.#tail !== this.#head || this.#head - this.#base < WARM_BYTES) return;
    this.#base = this.#head;
    this.#ring.setPair(BASE_AT, this.#base);
  }

  /** Shows the written bytes to the reader. Returns true if the reader has read anything meanwhile. */
  async #publish(): Promise<boolean> {
    if (this.#isClosed) throw new Error("The ring of the recorder is closed");
    this.#ring.setPair(HEAD_AT, this.#head);
    const before = this.#tail;
    if (this.#look()) await this.#wake();
    return this.#tail > before;
  }

  /** Looks how far the reader has got. True if it sleeps. */
  #look(): boolean {
    if (this.#isClosed) throw new Error("The ring of the recorder is closed");
    const [asleep, tail, negative] = this.#ring.numbers(ASLEEP_AT, 3);
    this.#tail = counterOf([tail, negative]) ?? this.#tail;
    return asleep !== 0;
  }
}
