import type { Block } from "./block.ts";
import { concat } from "./concat.ts";
import { Cursor } from "./cursor.ts";
import { type Gap, gapFrame } from "./frame.ts";

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
}

/** How much a log holds: what comes first counts. It bounds the memory, whatever the number of readers. */
export interface RingLimits {
  /** In bytes of frames, with some overhead for each block. The newest block is kept whatever its size. */
  maxBytes: number;
  /** In milliseconds. */
  maxAge: number;
}

/** What a log holds whose bench file says nothing: 16 MiB, 10 minutes. */
export const DEFAULT_RING: Readonly<RingLimits> = Object.freeze({ maxBytes: 16 * 1024 * 1024, maxAge: 600_000 });

/** A log as data. */
export interface LogStatus {
  epoch: string;
  /** The number of the next sample: so many were produced in this epoch. */
  sequence: number;
  /** The number of the oldest sample that the ring holds. */
  oldest: number;
  /** How much it holds, and may hold; in bytes and in seconds. */
  bytes: number;
  max_bytes: number;
  max_age: number;
}

/** Options of {@linkcode StreamLog}. */
export interface StreamLogOptions {
  deviceId: string;
  epoch: string;
  /**
   * The number of the first sample.
   *
   * @default {0}
   */
  sequence?: number;
  /** How much it holds. */
  ring?: RingLimits;
}

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

/** No source loses more than that at once; a number that is further ahead is garbage. */
const LARGEST_LOSS = 1e12;

/** What a notice or an empty-looking entry costs besides its bytes; keeps a million tiny notices bounded too. */
const ENTRY_OVERHEAD = 100;

/**
 * The time that one write to one reader is given. It takes a third to a half of that, so that many readers of a fast device
 * get fewer, larger chunks, and half of the core stays free for everything else.
 */
const MS_PER_WRITE = 0.02;

/** How long readers are woken in a row before requests and other devices have their turn. */
const LONGEST_WAKE_MS = 2;

/** Wakes between two looks at the clock. */
const CLOCK_EVERY = 16;

/**
 * The ring of one device: its most recent blocks, in order, bounded in bytes. Readers are cursors into it, and nobody
 * waits for them: what a slow one has not taken when it falls out of the ring, that reader is told as a gap.
 */
export class StreamLog {
  readonly deviceId: string;
  readonly epoch: string;
  readonly limits: Readonly<RingLimits>;
  readonly #wakers = new Set<() => void>();
  /** Chunks that were put together since the log last grew. */
  readonly #chunks = new Map<number, Chunk>();
  #entries: (Entry & { at: number })[] = [];
  /** Place in `#entries` of the oldest entry that still counts; what is before it is cut off now and then. */
  #tail = 0;
  /** Number of the entry `#entries[0]`, counted from the first ever. */
  #base = 0;
  #bytes = 0;
  #next = 0;
  #state: Uint8Array | undefined;
  #announced = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ deviceId, epoch, sequence = 0, ring = DEFAULT_RING }: StreamLogOptions) {
    this.deviceId = deviceId;
    this.epoch = epoch;
    this.limits = ring;
    this.#next = sequence;
  }

  /** The sequence number that the next sample gets. */
  get sequence(): number {
    return this.#next;
  }

  /** The oldest sequence number that the ring still holds, or will hold. */
  get oldest(): number {
    return this.#entries[this.#tail]?.first ?? this.#next;
  }

  status(): LogStatus {
    this.#trim();
    const { maxBytes, maxAge } = this.limits;
    return {
      epoch: this.epoch,
      sequence: this.sequence,
      oldest: this.oldest,
      bytes: this.#bytes,
      max_bytes: maxBytes,
      max_age: maxAge / 1000,
    };
  }

  /** The number of the oldest entry. */
  get firstEntry(): number {
    return this.#base + this.#tail;
  }

  /** The number that the next entry gets. */
  get nextEntry(): number {
    return this.#base + this.#entries.length;
  }

  entry(number: number): Entry {
    return this.#entries[number - this.#base];
  }

  /** The number of the first entry that holds, or comes behind, the sample `sequence`. */
  find(sequence: number): number {
    let low = this.firstEntry;
    let high = this.nextEntry;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entry(middle).next > sequence) high = middle;
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

  /**
   * Adds a block. Numbers that are missing before it become a gap of reason `source`: they were lost before the log.
   *
   * @throws {RangeError} if its numbers do not go on from those before.
   */
  append({ first, ends, bytes }: Block): void {
    if (first < this.#next || first - this.#next > LARGEST_LOSS) throw this.#impossible(first);
    if (first > this.#next) this.lose(first);
    this.#push({ first, next: first + ends.length, bytes, ends });
  }

  /** Says that all samples before `next` that the log has not seen are lost. */
  lose(next: number): void {
    if (next <= this.#next) return;
    if (next - this.#next > LARGEST_LOSS) throw this.#impossible(next);
    const gap: Gap = { from: this.#next, to: next - 1, reason: "source" };
    this.#push({ first: this.#next, next, bytes: gapFrame(this, gap, next), ends: null });
  }

  /** Adds an event that is no sample. */
  notify(bytes: Uint8Array): void {
    this.#push({ first: this.#next, next: this.#next, bytes, ends: null });
  }

  /** The event that tells the device's state. Every new reader gets it first, and a reader that missed some gets it again. */
  get state(): Uint8Array | undefined {
    return this.#state;
  }

  /** Adds the event of a new state. */
  notifyState(bytes: Uint8Array): void {
    this.#state = bytes;
    this.notify(bytes);
  }

  /** A new reader's place: the head, or right behind the sample with the id `since`. */
  cursor(since?: string): Cursor {
    this.#trim();
    return new Cursor(this, since);
  }

  /** Calls `wake` when there is something new, until the returned function is called. */
  subscribe(wake: () => void): () => void {
    this.#wakers.add(wake);
    return () => {
      this.#wakers.delete(wake);
      if (this.#wakers.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #push(entry: Entry): void {
    this.#chunks.clear();
    this.#entries.push({ ...entry, at: performance.now() });
    this.#next = entry.next;
    this.#bytes += entry.bytes.length + ENTRY_OVERHEAD;
    this.#trim();
    this.#announce();
  }

  /** Drops what is too much or too old. */
  #trim(): void {
    const { maxBytes, maxAge } = this.limits;
    const oldest = performance.now() - maxAge;
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

  #impossible(sequence: number): RangeError {
    return new RangeError(`Cannot go on with sample ${sequence}: the next one of "${this.deviceId}" is ${this.#next}`);
  }

  #announce(): void {
    if (this.#timer !== undefined || this.#wakers.size === 0) return;
    const wait = this.#announced + this.#wakers.size * MS_PER_WRITE - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#wake(), wait);
    else this.#wake();
  }

  #wake(): void {
    this.#timer = undefined;
    this.#announced = performance.now();
    this.#wakeSome(this.#wakers.values());
  }

  #wakeSome(wakers: Iterator<() => void>): void {
    const start = performance.now();
    for (let n = 1;; n++) {
      const { value: wake, done } = wakers.next();
      if (done) return;
      wake();
      if (n % CLOCK_EVERY === 0 && performance.now() - start > LONGEST_WAKE_MS) {
        setImmediate(() => this.#wakeSome(wakers));
        return;
      }
    }
  }
}
