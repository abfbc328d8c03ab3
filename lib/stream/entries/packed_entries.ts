import type { EntryHead, EntryRun, TimedEntry } from "./entry.ts";

/** A larger entry stays as it is: the objects of an entry take some 500 bytes, which is little beside these. */
const MAX_PACKED_BYTES = 2 * 1024;

const NOTICE = 0;
const PREFACE = 1;
const SAMPLES = 2;

/** The numbers of an entry: `first`, `next`, `at`. */
const NUMBERS = 3;

/**
 * Some consecutive entries in one buffer: each takes some 40 bytes besides its own, and some 500 as a separate object.
 * Reading an entry makes the object again.
 */
export class PackedEntries {
  readonly length: number;
  readonly #numbers: Float64Array;
  /** The place of the bytes of each entry, and the end of the last; those of its frame ends in `#ends`. */
  readonly #starts: Uint32Array;
  readonly #frames: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #bytes: Uint8Array;
  /** Entries that are not packed, by their index. */
  readonly #large = new Map<number, TimedEntry>();

  constructor(entries: readonly TimedEntry[]) {
    const { length } = entries;
    const isPacked = ({ bytes }: TimedEntry) => bytes.length <= MAX_PACKED_BYTES;
    let size = 0;
    let frames = 0;
    for (const entry of entries) {
      if (!isPacked(entry)) continue;
      size += entry.bytes.length;
      frames += entry.ends?.length ?? 0;
    }
    const numberBytes = length * NUMBERS * 8;
    const startBytes = (length + 1) * 4;
    const endsAt = numberBytes + 2 * startBytes;
    const kindsAt = endsAt + frames * 4;
    const buffer = new ArrayBuffer(kindsAt + length + size);
    this.length = length;
    this.#numbers = new Float64Array(buffer, 0, length * NUMBERS);
    this.#starts = new Uint32Array(buffer, numberBytes, length + 1);
    this.#frames = new Uint32Array(buffer, numberBytes + startBytes, length + 1);
    this.#ends = new Uint32Array(buffer, endsAt, frames);
    this.#kinds = new Uint8Array(buffer, kindsAt, length);
    this.#bytes = new Uint8Array(buffer, kindsAt + length);
    for (let i = 0; i < length; i++) this.#set(i, entries[i], isPacked(entries[i]));
  }

  #set(i: number, entry: TimedEntry, isPacked: boolean): void {
    const { bytes, ends } = entry;
    const numbers = this.#numbers;
    numbers[i * NUMBERS] = entry.first;
    numbers[i * NUMBERS + 1] = entry.next;
    numbers[i * NUMBERS + 2] = entry.at;
    this.#kinds[i] = ends ? SAMPLES : entry.isPreface ? PREFACE : NOTICE;
    const start = this.#starts[i];
    const frame = this.#frames[i];
    if (isPacked) {
      this.#bytes.set(bytes, start);
      if (ends) this.#ends.set(ends, frame);
    } else this.#large.set(i, entry);
    this.#starts[i + 1] = start + (isPacked ? bytes.length : 0);
    this.#frames[i + 1] = frame + (isPacked && ends ? ends.length : 0);
  }

  head(i: number): EntryHead {
    const numbers = this.#numbers;
    return {
      first: numbers[i * NUMBERS],
      next: numbers[i * NUMBERS + 1],
      at: numbers[i * NUMBERS + 2],
      size: this.#largeAt(i)?.bytes.length ?? this.#starts[i + 1] - this.#starts[i],
      isNotice: this.#kinds[i] !== SAMPLES,
    };
  }

  entry(i: number): TimedEntry {
    const large = this.#largeAt(i);
    if (large) return large;
    const numbers = this.#numbers;
    const first = numbers[i * NUMBERS];
    const next = numbers[i * NUMBERS + 1];
    const at = numbers[i * NUMBERS + 2];
    const bytes = this.#view(this.#starts[i], this.#starts[i + 1]);
    const kind = this.#kinds[i];
    if (kind === PREFACE) return { first, next, bytes, ends: null, isPreface: true, at };
    if (kind === NOTICE) return { first, next, bytes, ends: null, at };
    const frame = this.#frames[i];
    const { buffer, byteOffset } = this.#ends;
    const ends = new Uint32Array(buffer, byteOffset + frame * 4, this.#frames[i + 1] - frame);
    return { first, next, bytes, ends, at };
  }

  /** The bytes of an entry, and of those up to `end` behind it that follow in the buffer and fit in `maxBytes` together. */
  run(i: number, end: number, maxBytes: number): EntryRun {
    const large = this.#largeAt(i);
    if (large) return { bytes: large.bytes, end: i + 1 };
    const starts = this.#starts;
    const start = starts[i];
    let to = i + 1;
    while (to < end && starts[to + 1] - start <= maxBytes && !this.#largeAt(to)) to++;
    return { bytes: this.#view(start, starts[to]), end: to };
  }

  /** Drops an entry. The memory of one that is not packed is free at once, that of the others with this object. */
  drop(i: number): void {
    this.#large.delete(i);
  }

  /** The entry at an index, if it is not packed. */
  #largeAt(i: number): TimedEntry | undefined {
    return this.#large.size > 0 ? this.#large.get(i) : undefined;
  }

  /** A view of the bytes: `subarray` takes three times as long. */
  #view(start: number, end: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start);
  }
}
