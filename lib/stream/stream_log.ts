import { WakeScheduler } from "./wake_scheduler.ts";
import type { Block } from "./block.ts";
import { Cursor } from "./cursor.ts";
import { type Gap, gapFrame } from "./frame.ts";
import { type Entry, Ring, type RingLimits } from "./ring.ts";

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

/** No source loses more than that at once; a number that is further ahead is garbage. */
const LARGEST_LOSS = 1e12;

/**
 * The stream of one device: its samples by their numbers, and what happens between them. The ring holds the most recent of
 * it. Readers are cursors into that, and nobody waits for them: what a slow one has not taken when it falls out of the
 * ring, that reader is told as a gap.
 */
export class StreamLog {
  readonly deviceId: string;
  readonly epoch: string;
  /** What it still holds. */
  readonly ring: Ring;
  readonly #wakes = new WakeScheduler();
  #next: number;
  #state: Uint8Array | undefined;

  constructor({ deviceId, epoch, sequence = 0, ring }: StreamLogOptions) {
    this.deviceId = deviceId;
    this.epoch = epoch;
    this.ring = new Ring(ring);
    this.#next = sequence;
  }

  /** The sequence number that the next sample gets. */
  get sequence(): number {
    return this.#next;
  }

  /** The oldest sequence number that the ring still holds, or will hold. */
  get oldest(): number {
    const { firstEntry, nextEntry } = this.ring;
    return firstEntry < nextEntry ? this.ring.entry(firstEntry).first : this.#next;
  }

  status(): LogStatus {
    this.ring.trim();
    const { bytes, limits: { maxBytes, maxAgeMs } } = this.ring;
    return {
      epoch: this.epoch,
      sequence: this.sequence,
      oldest: this.oldest,
      bytes,
      max_bytes: maxBytes,
      max_age: maxAgeMs / 1000,
    };
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

  /** A new reader's place: the head, right behind the sample with the id `since`, or where the head was `past` ms ago. */
  cursor(since?: string, past?: number): Cursor {
    this.ring.trim();
    return new Cursor(this, since, past);
  }

  /** Calls `wake` when there is something new, until the returned function is called. */
  subscribe(wake: () => void): () => void {
    return this.#wakes.subscribe(wake);
  }

  #push(entry: Entry): void {
    this.#next = entry.next;
    this.ring.push(entry);
    this.#wakes.schedule();
  }

  #impossible(sequence: number): RangeError {
    return new RangeError(`Cannot go on with sample ${sequence}: the next one of "${this.deviceId}" is ${this.#next}`);
  }
}
