import { concat } from "./concat.ts";

/**
 * One thing in the log: a block of samples, or a notice (a state change, a gap) without any. It covers the sequence
 * numbers from `first` up to, not including, `next`.
 */
export interface Entry {
  readonly first: number;
  readonly next: number;
  readonly bytes: Uint8Array;
  /** Where each frame ends; `null` in a notice. */
  readonly ends: Uint32Array | null;
  /** When it came into the log, by `performance.now()`. What is for one reader alone never did. */
  readonly at?: number;
}

/** How much a log holds: what comes first counts. It bounds the memory, whatever the number of readers. */
export interface RingLimits {
  /** In bytes of frames, with some overhead for each block. The newest block is kept whatever its size. */
  maxBytes: number;
  /** In milliseconds. */
  maxAgeMs: number;
}

/** What a log holds whose bench file says nothing: 16 MiB, 10 minutes. */
export const DEFAULT_RING: Readonly<RingLimits> = Object.freeze({ maxBytes: 16 * 1024 * 1024, maxAgeMs: 600_000 });

/** Several entries in one buffer, up to, not including, the entry with the number `end`. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly end: number;
}

/** What a reader takes at once. A reader that is far behind gets several such chunks, one when it has room for it. */
const LARGEST_CHUNK = 1024 * 1024;

/** So many chunks are kept for sharing. Readers that all stand elsewhere must not fill the memory with copies. */
const MOST_CHUNKS = 16;

/** Stands where an entry was, so that its bytes are free at once. */
const DROPPED = { first: 0, next: 0, bytes: new Uint8Array(), ends: null, at: 0 };

/** What a notice or an empty-looking entry costs besides its bytes; keeps a million tiny notices bounded too. */
const ENTRY_OVERHEAD = 100;

/** The most recent entries of a log, in order, numbered from the first ever and bounded in bytes and in age. */
export class Ring {
  readonly limits: Readonly<RingLimits>;
  /** Chunks that were put together since the log last grew. */
  readonly #chunks = new Map<number, Chunk>();
  #entries: (Entry & { readonly at: number })[] = [];
  /** Place in `#entries` of the oldest entry that still counts; what is before it is cut off now and then. */
  #tail = 0;
  /** Number of the entry `#entries[0]`, counted from the first ever. */
  #base = 0;
  #bytes = 0;

  /** @param limits How much it holds. */
  constructor(limits: Readonly<RingLimits> = DEFAULT_RING) {
    this.limits = limits;
  }

  /** The number of the oldest entry. */
  get firstEntry(): number {
    return this.#base + this.#tail;
  }

  /** The number that the next entry gets. */
  get nextEntry(): number {
    return this.#base + this.#entries.length;
  }

  /** How much it holds, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  entry(number: number): Entry {
    return this.#entries[number - this.#base];
  }

  /** The number of the first entry that holds, or comes behind, the sample `sequence`. */
  find(sequence: number): number {
    return this.#search(({ next }) => next > sequence);
  }

  /** The number of the first entry that came at a time, by `performance.now()`, or later. */
  findTime(time: number): number {
    return this.#search(({ at }) => at >= time);
  }

  /** The number of the first entry for which `holds`, which then holds for all that come behind. */
  #search(holds: (entry: Entry & { readonly at: number }) => boolean): number {
    let low = this.firstEntry;
    let high = this.nextEntry;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#entries[middle - this.#base])) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The entries from number `start` on, as many as make a handy chunk: one copy for all readers that stand there. */
  chunk(start: number): Chunk {
    const known = this.#chunks.get(start);
    if (known) return known;
    const parts: Uint8Array[] = [];
    let size = 0;
    let end = start;
    while (end < this.nextEntry) {
      const { bytes } = this.entry(end);
      if (parts.length && size + bytes.length > LARGEST_CHUNK) break;
      size += bytes.length;
      parts.push(bytes);
      end++;
    }
    const chunk = { bytes: parts.length === 1 ? parts[0] : concat(parts), end };
    if (this.#chunks.size >= MOST_CHUNKS) this.#chunks.clear();
    this.#chunks.set(start, chunk);
    return chunk;
  }

  /** Adds an entry, and drops what is too much or too old. */
  push(entry: Entry): void {
    this.#chunks.clear();
    this.#entries.push({ ...entry, at: performance.now() });
    this.#bytes += entry.bytes.length + ENTRY_OVERHEAD;
    this.trim();
  }

  /** Drops what is too much or too old. */
  trim(): void {
    const { maxBytes, maxAgeMs } = this.limits;
    const oldest = performance.now() - maxAgeMs;
    const newest = this.#entries.length - 1;
    while (this.#tail <= newest) {
      const { bytes, at } = this.#entries[this.#tail];
      if (at >= oldest && (this.#bytes <= maxBytes || this.#tail === newest)) break;
      this.#bytes -= bytes.length + ENTRY_OVERHEAD;
      this.#entries[this.#tail++] = DROPPED;
    }
    if (this.#tail > 1000 && this.#tail * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#tail);
      this.#base += this.#tail;
      this.#tail = 0;
    }
  }
}
