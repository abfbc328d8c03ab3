import type { Cursor } from "./cursor.ts";
import type { Reader } from "./reader.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Thins one reader's stream to `maxRate` samples a second: of each interval it keeps the newest sample and says in
 * `skipped` how many it left out before it. State changes and gaps pass at once, in order.
 */
export class ThinnedReader implements Reader {
  readonly #cursor: Cursor;
  readonly #interval: number;
  /** The newest sample not yet given out, how many it stands for, and the notice that came behind it. */
  #newest: Uint8Array | undefined;
  #skipped = 0;
  #notice: Uint8Array | undefined;
  #due = -Infinity;
  #wake = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param maxRate In Hz; positive. */
  constructor(cursor: Cursor, maxRate: number) {
    this.#cursor = cursor;
    this.#interval = 1000 / maxRate;
  }

  take(): Uint8Array | undefined {
    this.#gather();
    if (!this.#newest) {
      const notice = this.#notice;
      this.#notice = undefined;
      return notice;
    }
    const wait = this.#due - performance.now();
    if (wait > 0 && !this.#notice) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#wake();
      }, wait);
      return undefined;
    }
    return this.#give(this.#newest);
  }

  subscribe(wake: () => void): () => void {
    this.#wake = wake;
    const unsubscribe = this.#cursor.subscribe(wake);
    return () => {
      clearTimeout(this.#timer);
      unsubscribe();
    };
  }

  #gather(): void {
    while (!this.#notice) {
      const entry = this.#cursor.next();
      if (!entry) return;
      const { ends, bytes } = entry;
      if (!ends) {
        this.#notice = bytes;
        return;
      }
      this.#skipped += this.#newest ? ends.length : ends.length - 1;
      this.#newest = bytes.subarray(ends.at(-2) ?? 0);
    }
  }

  #give(frame: Uint8Array): Uint8Array {
    const text = decoder.decode(frame);
    const thinned = `${text.slice(0, text.lastIndexOf("}"))},"skipped":${this.#skipped}}\n\n`;
    this.#newest = undefined;
    this.#skipped = 0;
    // From when it was due, not from now: the rate is then the one asked for. After a pause it begins anew.
    const now = performance.now();
    this.#due = Math.max(this.#due, now - this.#interval) + this.#interval;
    return encoder.encode(thinned);
  }
}
