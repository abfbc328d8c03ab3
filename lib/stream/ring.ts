import { concat } from "../format/concat.ts";
import type { Entry, EntryHead } from "./entries/entry.ts";
import { EntryList } from "./entries/entry_list.ts";

export type { Entry } from "./entries/entry.ts";

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

/** The memory of an entry besides its bytes. It bounds a million tiny notices too. */
const ENTRY_OVERHEAD_BYTES = 100;

/** The most recent entries of a log, in order, numbered from the first ever and bounded in bytes and in age. */
export class Ring {
  readonly limits: Readonly<RingLimits>;
  /** Chunks that were made since the last append. */
  readonly #chunks = new Map<number, Chunk>();
  /** The start of the chunk that was requested last, most often the only one. */
  #lastStart = -1;
  #lastChunk: Chunk | undefined;
  readonly #entries = new EntryList();
  #bytes = 0;

  constructor(limits: Readonly<RingLimits> = DEFAULT_RING) {
    this.limits = limits;
  }

  /** The number of the oldest entry. */
  get firstEntry(): number {
    return this.#entries.first;
  }

  /** The number that the next entry gets. */
  get nextEntry(): number {
    return this.#entries.next;
  }

  /** The size of the ring's content, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  entry(number: number): Entry {
    return this.#entries.entry(number);
  }

  /** An entry without its bytes. */
  head(number: number): EntryHead {
    return this.#entries.head(number);
  }

  /** The bytes of the entries from one number up to, not including, another one, in few pieces. */
  *pieces(from: number, to: number): Generator<Uint8Array, void> {
    while (from < to) {
      const { bytes, end } = this.#entries.run(from, to, Infinity);
      yield bytes;
      from = end;
    }
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
  #search(matches: (entry: EntryHead) => boolean): number {
    let low = this.firstEntry;
    let high = this.nextEntry;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (matches(this.#entries.head(middle))) high = middle;
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
      const run = this.#entries.run(end, this.nextEntry, MAX_CHUNK_BYTES - size);
      if (parts.length && size + run.bytes.length > MAX_CHUNK_BYTES) break;
      size += run.bytes.length;
      parts.push(run.bytes);
      end = run.end;
    }
    const { next } = this.#entries.head(end - 1);
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
    const now = performance.now();
    this.#entries.push({ ...entry, at: now });
    this.#bytes += entry.bytes.length + ENTRY_OVERHEAD_BYTES;
    this.trim(now);
  }

  /** Drops the entries beyond the limits. */
  trim(now = performance.now()): void {
    const { maxBytes, maxAgeMs } = this.limits;
    const oldest = now - maxAgeMs;
    const newest = this.nextEntry - 1;
    while (this.firstEntry <= newest) {
      const { size, at } = this.#entries.head(this.firstEntry);
      if (at >= oldest && (this.#bytes <= maxBytes || this.firstEntry === newest)) break;
      this.#bytes -= size + ENTRY_OVERHEAD_BYTES;
      this.#entries.dropFirst();
    }
  }
}
