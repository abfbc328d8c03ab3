import { concat } from "../format/concat.ts";

/**
 * One thing in the log: a block of samples, or a notice (a state change, a gap) without any. It covers the sequence
 * numbers from `first` up to, not including, `next`.
 */
export interface Entry {
  readonly first: number;
  readonly next: number;
  readonly bytes: Uint8Array;
  /** The end of each frame; `null` in a notice. */
  readonly ends: Uint32Array | null;
  /** True for a notice that belongs to the sample after it: a reader that resumes before that sample gets both. */
  readonly isPreface?: boolean;
  /** The time of its append, by `performance.now()`. Absent in an entry for one reader alone. */
  readonly at?: number;
}

/**
 * The limits of a ring; the one that is reached first applies. They bound the memory, whatever the number of readers.
 */
export interface RingLimits {
  /** In bytes of frames, with some overhead for each block. The newest block is kept whatever its size. */
  maxBytes: number;
  /** In milliseconds. */
  maxAgeMs: number;
}

/** The default limits: 16 MiB, 10 minutes. */
export const DEFAULT_RING: Readonly<RingLimits> = Object.freeze({ maxBytes: 16 * 1024 * 1024, maxAgeMs: 600_000 });

/**
 * Several entries in one buffer, up to, not including, the entry with the number `end`, and the sample with the number
 * `next`.
 */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly next: number;
}

/** The size of the chunks for a reader that is far behind, one when it has room: each reader has some of them waiting. */
const MAX_CHUNK_BYTES = 128 * 1024;

/**
 * The number of chunks that are kept for sharing. It bounds the memory of readers that all stand at different places.
 */
const MAX_CHUNKS = 16;

/** Replaces a dropped entry, so that its bytes are free at once. */
const DROPPED = { first: 0, next: 0, bytes: new Uint8Array(), ends: null, at: 0 };

/** The memory of an entry besides its bytes. It bounds a million tiny notices too. */
const ENTRY_OVERHEAD_BYTES = 100;

/** The most recent entries of a log, in order, numbered from the first ever and bounded in bytes and in age. */
export class Ring {
  readonly limits: Readonly<RingLimits>;
  /** Chunks that were made since the last append. */
  readonly #chunks = new Map<number, Chunk>();
  /** The one that was asked for last, most often the only one. */
  #lastStart = -1;
  #lastChunk: Chunk | undefined;
  #entries: (Entry & { readonly at: number })[] = [];
  /** Index in `#entries` of the oldest entry. The dropped ones before it are removed now and then. */
  #tail = 0;
  /** Number of the entry `#entries[0]`, counted from the first ever. */
  #base = 0;
  #bytes = 0;

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

  /** The size of the ring's content, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  entry(number: number): Entry {
    return this.#entries[number - this.#base];
  }

  /** The number of the first entry that contains the sample `sequence`, or comes behind it. */
  find(sequence: number): number {
    return this.#search(({ next }) => next > sequence);
  }

  /** The number of the first entry that was added at `time`, by `performance.now()`, or later. */
  findTime(time: number): number {
    return this.#search(({ at }) => at >= time);
  }

  /** The number of the first entry for which `matches` is true; it must be true for all that come behind, too. */
  #search(matches: (entry: Entry & { readonly at: number }) => boolean): number {
    let low = this.firstEntry;
    let high = this.nextEntry;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (matches(this.#entries[middle - this.#base])) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The entries from number `start` on, up to the size of a chunk: one copy for all readers at this place. */
  chunk(start: number): Chunk {
    if (start === this.#lastStart) return this.#lastChunk!;
    const chunk = this.#chunks.get(start) ?? this.#makeChunk(start);
    this.#lastStart = start;
    return this.#lastChunk = chunk;
  }

  #makeChunk(start: number): Chunk {
    const parts: Uint8Array[] = [];
    let size = 0;
    let end = start;
    while (end < this.nextEntry) {
      const { bytes } = this.entry(end);
      if (parts.length && size + bytes.length > MAX_CHUNK_BYTES) break;
      size += bytes.length;
      parts.push(bytes);
      end++;
    }
    const { next } = this.entry(end - 1);
    const chunk = { bytes: parts.length === 1 ? parts[0] : concat(parts), end, next };
    if (this.#chunks.size >= MAX_CHUNKS) this.#chunks.clear();
    this.#chunks.set(start, chunk);
    return chunk;
  }

  /** Adds an entry, and drops those beyond the limits. */
  push(entry: Entry): void {
    this.#chunks.clear();
    this.#lastStart = -1;
    this.#lastChunk = undefined;
    this.#entries.push({ ...entry, at: performance.now() });
    this.#bytes += entry.bytes.length + ENTRY_OVERHEAD_BYTES;
    this.trim();
  }

  /** Drops the entries beyond the limits. */
  trim(): void {
    const { maxBytes, maxAgeMs } = this.limits;
    const oldest = performance.now() - maxAgeMs;
    const newest = this.#entries.length - 1;
    while (this.#tail <= newest) {
      const { bytes, at } = this.#entries[this.#tail];
      if (at >= oldest && (this.#bytes <= maxBytes || this.#tail === newest)) break;
      this.#bytes -= bytes.length + ENTRY_OVERHEAD_BYTES;
      this.#entries[this.#tail++] = DROPPED;
    }
    if (this.#tail > 1000 && this.#tail * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#tail);
      this.#base += this.#tail;
      this.#tail = 0;
    }
  }
}
