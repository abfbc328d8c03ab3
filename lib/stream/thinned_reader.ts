import { MAX_DELAY_MS } from "../async/delay.ts";
import type { Reader } from "./reader.ts";
import type { Entry } from "./ring.ts";
import { type Candidate, type Thinning, THINNINGS } from "./thinning.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Thins one reader's stream to `maxRate` samples a second and says in `skipped` how many it left out before each: of each
 * interval it keeps the newest, or what another {@linkcode Thinning} says. State changes and gaps pass at once, in order.
 *
 * What had come before the reader did is thinned as it came, and given out at once: it looks as if the reader had been
 * there. What comes later is thinned as the reader takes it: a slow one gets the newest, and does not fall behind.
 */
export class ThinnedReader implements Reader {
  readonly #source: Reader;
  readonly #thinning: Thinning;
  readonly #interval: number;
  /** Samples chosen and not yet given out. */
  readonly #chosen: Candidate[] = [];
  /** How many samples came in, and up to which one of them they are accounted for. */
  #seen = 0;
  #told = 0;
  /** What came behind the interval's samples and ends it. */
  #notice: Entry | undefined;
  #due = -Infinity;
  readonly #begun = performance.now();
  #wake = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param maxRate In Hz; positive. */
  constructor(source: Reader, maxRate: number, thinning: Thinning = THINNINGS.get("newest")!()) {
    this.#source = source;
    this.#thinning = thinning;
    this.#interval = 1000 * thinning.most / maxRate;
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
      const isPast = at < this.#begun;
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

  /** Ends the interval at a time, if there is anything in it. */
  #end(time: number): void {
    if (!this.#thinning.pending) return;
    this.#chosen.push(...this.#thinning.take());
    // From when it was due, not from then: the rate is then the one asked for. After a pause, or a notice, it begins anew.
    const late = time - this.#due;
    this.#due = (late >= 0 && late < this.#interval ? this.#due : time) + this.#interval;
  }

  #wakeIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#wake();
    }, Math.min(ms, MAX_DELAY_MS));
  }

  /** The sample with the number of those that were left out before it. */
  #mark({ first, next, bytes, nth }: Candidate): Entry {
    const text = decoder.decode(bytes);
    const skipped = nth - this.#told - 1;
    this.#told = nth;
    const marked = encoder.encode(`${text.slice(0, text.lastIndexOf("}"))},"skipped":${skipped}}\n\n`);
    return { first, next, bytes: marked, ends: Uint32Array.of(marked.length) };
  }
}
