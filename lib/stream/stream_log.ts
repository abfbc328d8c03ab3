import type { StreamStatus } from "../wire/device.ts";
import type { Block } from "./block.ts";
import { Cursor } from "./cursor.ts";
import { type Gap, gapFrame } from "./frame.ts";
import { type Entry, Ring, type RingLimits } from "./ring.ts";
import { type WakePace, WakeScheduler } from "./wake_scheduler.ts";

/** Options of {@linkcode StreamLog}. */
export interface StreamLogOptions {
  deviceId: string;
  epoch: string;
  /**
   * The sequence number of the first sample.
   *
   * @default {0}
   */
  sequence?: number;
  /** The limits of its ring. */
  ring?: RingLimits;
  /** The pace of its readers; by default, that of all devices of this process. */
  pace?: WakePace;
}

/** The counts of a {@linkcode StreamLog} since it was made. */
export interface StreamCounts {
  /** The bytes of all samples and events that were appended. */
  bytes: number;
  /** The gaps in the driver's samples. */
  gaps: number;
  /** The samples that are missing in these gaps. */
  lostSamples: number;
  /** The gaps of readers that were too slow for the ring. */
  readerGaps: number;
}

/** A sequence number that is further ahead is not a loss but an error. */
const MAX_LOSS = 1e12;

/**
 * The stream of one device: its samples by sequence number, and the events between them. The ring holds the most recent
 * part. Readers are cursors, and the log never waits for them: a reader that has not read an entry when the ring drops
 * it gets a gap.
 */
export class StreamLog {
  readonly deviceId: string;
  readonly epoch: string;
  /** The most recent entries. */
  readonly ring: Ring;
  /** The counts since the log was made. */
  readonly counts: StreamCounts = { bytes: 0, gaps: 0, lostSamples: 0, readerGaps: 0 };
  readonly #wakes: WakeScheduler;
  #next: number;
  #state: Uint8Array | undefined;

  constructor({ deviceId, epoch, sequence = 0, ring, pace }: StreamLogOptions) {
    this.#wakes = new WakeScheduler(pace);
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
    return firstEntry < nextEntry ? this.ring.head(firstEntry).first : this.#next;
  }

  /** The log's part of a device's status. */
  status(): Omit<StreamStatus, "readers"> {
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
   * Appends a block. Missing sequence numbers before it become a gap with the reason `source`.
   *
   * @throws {RangeError} if its sequence numbers were appended before.
   */
  append({ first, ends, bytes }: Block): void {
    if (first < this.#next || first - this.#next > MAX_LOSS) throw this.#invalid(first);
    if (first > this.#next) this.lose(first);
    this.#push({ first, next: first + ends.length, bytes, ends });
  }

  /** Appends a gap: all samples before `next` that were not appended are lost. */
  lose(next: number): void {
    if (next <= this.#next) return;
    if (next - this.#next > MAX_LOSS) throw this.#invalid(next);
    const gap: Gap = { from: this.#next, to: next - 1, reason: "source" };
    this.counts.gaps++;
    this.counts.lostSamples += next - this.#next;
    this.#push({ first: this.#next, next, bytes: gapFrame(this, gap, next), ends: null });
  }

  /** Appends an event that is not a sample. */
  notify(bytes: Uint8Array): void {
    this.#push({ first: this.#next, next: this.#next, bytes, ends: null });
  }

  /** Appends an event that belongs to the next sample, as that its clock is another one. */
  preface(bytes: Uint8Array): void {
    this.#push({ first: this.#next, next: this.#next, bytes, ends: null, isPreface: true });
  }

  /**
   * The event of the device's state. Every new reader gets it first, and a reader that missed entries gets it again.
   */
  get state(): Uint8Array | undefined {
    return this.#state;
  }

  /** Appends the event of a new state. */
  notifyState(bytes: Uint8Array): void {
    this.#state = bytes;
    this.notify(bytes);
  }

  /**
   * A new reader, at the head, right behind the sample with the id `since`, or at the head of `past` milliseconds ago.
   */
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
    this.counts.bytes += entry.bytes.length;
    this.ring.push(entry);
    this.#wakes.schedule();
  }

  #invalid(sequence: number): RangeError {
    return new RangeError(`Cannot append sample ${sequence}: the next one of "${this.deviceId}" is ${this.#next}`);
  }
}
