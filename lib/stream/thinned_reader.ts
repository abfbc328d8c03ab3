import type { Reader } from "./reader.ts";
import type { Entry } from "./stream_log.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Thins one reader's stream to `maxRate` samples a second: of each interval it keeps the newest sample and says in
 * `skipped` how many it left out before it. State changes and gaps pass at once, in order.
 */
export class ThinnedReader implements Reader {
  readonly #source: Reader;
  readonly #interval: number;
  /** The newest sample not yet given out, how many were left out before it, and the notice that came behind it. */
  #newest: Entry | undefined;
  #skipped = 0;
  #notice: Entry | undefined;
  #due = -Infinity;
  #wake = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param maxRate In Hz; positive. */
  constructor(source: Reader, maxRate: number) {
    this.#source = source;
    this.#interval = 1000 / maxRate;
  }

  get sequence(): number {
    return this.#newest?.first ?? this.#notice?.first ?? this.#source.sequence;
  }

  next(): Entry | undefined {
    this.#gather();
    if (!this.#newest) {
      const notice = this.#notice;
      this.#notice = undefined;
      return notice;
    }
    const wait = this.#due - performance.now();
    if (wait <= 0 || this.#notice) return this.#give(this.#newest);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#wake();
    }, wait);
  }

  take(): Uint8Array | undefined {
    return this.next()?.bytes;
  }

  subscribe(wake: () => void): () => void {
    this.#wake = wake;
    const unsubscribe = this.#source.subscribe(wake);
    return () => {
      clearTimeout(this.#timer);
      unsubscribe();
    };
  }

  #gather(): void {
    while (!this.#notice) {
      const entry = this.#source.next();
      if (!entry) return;
      const { next, ends, bytes } = entry;
      if (!ends) {
        this.#notice = entry;
        return;
      }
      this.#skipped += this.#newest ? ends.length : ends.length - 1;
      this.#newest = { first: next - 1, next, bytes: bytes.subarray(ends.at(-2) ?? 0), ends };
    }
  }

  #give({ first, next, bytes }: Entry): Entry {
    const text = decoder.decode(bytes);
    const thinned = encoder.encode(`${text.slice(0, text.lastIndexOf("}"))},"skipped":${this.#skipped}}\n\n`);
    this.#newest = undefined;
    this.#skipped = 0;
    // From when it was due, not from now: the rate is then the one asked for. After a pause it begins anew.
    this.#due = Math.max(this.#due, performance.now() - this.#interval) + this.#interval;
    return { first, next, bytes: thinned, ends: Uint32Array.of(thinned.length) };
  }
}
