import { MAX_DELAY_MS } from "../async/delay.ts";
import type { Reader } from "./reader.ts";
import type { Entry } from "./ring.ts";
import { type Candidate, type Thinning, THINNINGS } from "./thinning.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Thins one reader's stream to `maxRate` samples a second, and adds to each sample the number of `skipped` ones before
 * it. Of each interval it keeps the newest sample, or those of another {@linkcode Thinning}. State changes and gaps
 * pass at once, in order.
 *
 * Samples from before the reader's start are thinned by the times of their append, and passed on at once. Later samples
 * are thinned by the times of reading: a slow reader gets the newest, and does not fall behind.
 */
export class ThinnedReader implements Reader {
  readonly #source: Reader;
  readonly #thinning: Thinning;
  readonly #interval: number;
  /** Samples that are chosen and not yet read. */
  readonly #chosen: Candidate[] = [];
  /** The number of samples that came in. */
  #seen = 0;
  /** The number of samples that were read or counted as skipped. */
  #reported = 0;
  /** The state change or gap that ends the interval. */
  #notice: Entry | undefined;
  #due = -Infinity;
  readonly #startedAt = performance.now();
  #wake = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param maxRate In Hz; positive. */
  constructor(source: Reader, maxRate: number, thinning: Thinning = THINNINGS.get("newest")!()) {
    this.#source = source;
    this.#thinning = thinning;
    this.#interval = 1000 * thinning.perInterval / maxRate;
  }

  get sequence(): number {
    return this.#source.sequence;
  }

  next(): Entry | undefined {
    if (!this.#chosen.length) this.#choose();
    const sample = this.#chosen.shift();
    if (sample) return this.#mark(sample);
    const notice = this.#thinning.pending ? undefined : this.#notice;
    if (notice) this.#notice = undefined;
    return notice;
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

  #choose(): void {
    while (!this.#notice && !this.#chosen.length) {
      const entry = this.#source.next();
      if (!entry) break;
      const { ends, at = -Infinity } = entry;
      const isPast = at < this.#startedAt;
      if (isPast && at >= this.#due) this.#end(this.#due);
      if (ends) {
        this.#thinning.add(entry, this.#seen + 1);
        this.#seen += ends.length;
      } else this.#notice = entry;
      if (isPast && ends && at >= this.#due) this.#end(at);
    }
    if (this.#chosen.length || !this.#thinning.pending) return;
    const now = performance.now();
    if (this.#notice) this.#end(Math.min(this.#notice.at ?? -Infinity, now));
    else if (this.#due > now) this.#wakeIn(this.#due - now);
    else this.#end(now);
  }

  /** Ends the interval at a time, if there are samples in it. */
  #end(time: number): void {
    if (!this.#thinning.pending) return;
    const taken = this.#thinning.take();
    this.#chosen.push(...taken);
    // The next interval starts when this one was due, so that the rate is exact; after a pause, or a notice, at `time`.
    const late = time - this.#due;
    const share = Math.max(1, taken.length / this.#thinning.perInterval);
    this.#due = (late >= 0 && late < this.#interval ? this.#due : time) + this.#interval * share;
  }

  #wakeIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#wake();
    }, Math.min(ms, MAX_DELAY_MS));
  }

  /** The sample with the number of skipped samples before it. */
  #mark({ first, next, bytes, nth }: Candidate): Entry {
    const text = decoder.decode(bytes);
    const skipped = nth - this.#reported - 1;
    this.#reported = nth;
    const marked = encoder.encode(`${text.slice(0, text.lastIndexOf("}"))},"skipped":${skipped}}\n\n`);
    return { first, next, bytes: marked, ends: Uint32Array.of(marked.length) };
  }
}
