import { concat } from "../format/concat.ts";
import { gapFrame } from "../stream/frame.ts";
import type { StreamLog } from "../stream/stream_log.ts";

/** Consecutive entries of a log, in one message. */
export interface Batch {
  bytes: Uint8Array;
  /** The first number that it is about: of a sample, of a gap, or of the sample that would come next. */
  first: number;
  /** The number behind the last sample. */
  next: number;
  /** The samples in it. */
  count: number;
  /** The number of the entry behind it. */
  entry: number;
}

/** A place in a log: the number of an entry, and of the next sample. */
export interface LogPlace {
  entry: number;
  sequence: number;
}

/** A place in the log of a device, from which batches are read. The log does not wait for it. */
export class LogReader {
  readonly log: StreamLog;
  #place: LogPlace;
  /** Events that come before the place. */
  #notices: Uint8Array[] = [];

  constructor(log: StreamLog) {
    this.log = log;
    this.#place = this.#oldest;
  }

  /** Where it reads next. */
  get place(): LogPlace {
    return this.#place;
  }

  /** True if there is something to read. */
  get hasMore(): boolean {
    return this.#notices.length > 0 || this.#place.entry < this.log.ring.nextEntry;
  }

  /** Goes on at a place. What the log no longer has, or never had, between that and its next entry is a gap. */
  moveTo(place: LogPlace): void {
    this.#place = place;
    this.#notices = [];
  }

  /**
   * Begins with the oldest entry.
   *
   * @param before The number behind the last sample of an earlier run, if there was one: what follows it is lost.
   */
  moveToOldest(before?: number): void {
    this.moveTo(this.#oldest);
    const { log } = this;
    if (before !== undefined) {
      this.#notices.push(gapFrame(log, { from: before, to: null, reason: "restart" }, this.#place.sequence));
    }
    if (log.state) this.#notices.push(log.state);
  }

  /** The next entries, some `maxBytes` of them; `undefined` if there is none. Its place moves by {@linkcode moveTo} only. */
  read(maxBytes: number): Batch | undefined {
    const { log, log: { ring } } = this;
    ring.trim();
    let { entry, sequence } = this.#place;
    const parts = [...this.#notices];
    let size = parts.reduce((sum, { length }) => sum + length, 0);
    let first: number | undefined;
    const isLate = entry < ring.firstEntry;
    if (isLate || (entry < ring.nextEntry && ring.entry(entry).first > sequence)) {
      const oldest = isLate ? this.#oldest : { entry, sequence: ring.entry(entry).first };
      if (oldest.sequence > sequence) {
        const gap = { from: sequence, to: oldest.sequence - 1, reason: "slow-reader" } as const;
        parts.push(gapFrame(log, gap, oldest.sequence));
        first = sequence;
      }
      ({ entry, sequence } = oldest);
    }
    let count = 0;
    while (entry < ring.nextEntry && (parts.length === 0 || size + ring.entry(entry).bytes.length <= maxBytes)) {
      const { bytes, ends, first: start, next } = ring.entry(entry++);
      first ??= start;
      parts.push(bytes);
      size += bytes.length;
      count += ends?.length ?? 0;
      sequence = next;
    }
    if (parts.length === 0) return undefined;
    return { bytes: concat(parts), first: first ?? sequence, next: sequence, count, entry };
  }

  get #oldest(): LogPlace {
    return { entry: this.log.ring.firstEntry, sequence: this.log.oldest };
  }
}
