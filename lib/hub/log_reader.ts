import { concat } from "../format/concat.ts";
import { gapFrame } from "../stream/frame.ts";
import type { Entry } from "../stream/ring.ts";
import type { StreamLog } from "../stream/stream_log.ts";
import type { Batch } from "./past.ts";
import type { PastPlace } from "../stream/past/recorded_part.ts";

/** A place in the ring of a device, from which batches are read. The log does not wait for it. */
export class LogReader {
  readonly log: StreamLog;
  /** The number of the entry to read next, and of the sample that is due. */
  #entry: number;
  #sequence: number;
  /** Events that come before the place. */
  #notices: Uint8Array[] = [];

  constructor(log: StreamLog) {
    this.log = log;
    this.#entry = log.ring.firstEntry;
    this.#sequence = log.oldest;
  }

  /** True if there is something to read. */
  get hasMore(): boolean {
    return this.#notices.length > 0 || this.#entry < this.log.ring.nextEntry;
  }

  /** True if the ring has dropped samples that were to be read next. */
  get isOvertaken(): boolean {
    this.log.ring.trim();
    return this.log.oldest > this.#sequence;
  }

  /** True if an event, or a gap, comes next or before the sample with a number. */
  hasNotices(before: number): boolean {
    const { ring } = this.log;
    for (let entry = this.#entry; entry < ring.nextEntry; entry++) {
      const { first, isNotice } = ring.head(entry);
      if (first >= before) return false;
      if (isNotice) return true;
    }
    return false;
  }

  /**
   * Continues after a place of this run. If the ring has dropped samples after that place, the next batch begins with a
   * gap.
   */
  moveTo({ sequence, frame }: PastPlace): void {
    const { ring } = this.log;
    this.#notices = [];
    this.#sequence = sequence;
    this.#entry = ring.find(sequence);
    // Events have the number of the sample behind them.
    for (let entry = this.#entry - 1; entry >= ring.firstEntry; entry--) {
      const { first, next, bytes } = ring.entry(entry);
      if (first < next || first < sequence || frame !== undefined && frame === new TextDecoder().decode(bytes)) break;
      this.#entry = entry;
    }
  }

  /**
   * Begins with the oldest entry.
   *
   * @param before The number behind the last sample of an earlier run, if there was one: its later samples are lost.
   */
  moveToOldest(before?: number): void {
    const { log } = this;
    this.#entry = log.ring.firstEntry;
    this.#sequence = log.oldest;
    this.#notices = [];
    if (before !== undefined) {
      this.#notices.push(gapFrame(log, { from: before, to: null, reason: "restart" }, this.#sequence));
    }
    if (log.state) this.#notices.push(log.state);
  }

  /**
   * The next entries, some `maxBytes` of them; `undefined` if there is none. The reader's place stays until {@linkcode
   * accept}.
   */
  read(maxBytes: number): RingBatch | undefined {
    const { log, log: { ring } } = this;
    ring.trim();
    let entry = Math.max(this.#entry, ring.firstEntry);
    let sequence = this.#sequence;
    const parts = [...this.#notices];
    let size = parts.reduce((sum, { length }) => sum + length, 0);
    let first: number | undefined;
    let last = parts.at(-1);
    const due = entry < ring.nextEntry ? ring.head(entry).first : log.sequence;
    if (due > sequence) {
      last = gapFrame(log, { from: sequence, to: due - 1, reason: "slow-reader" }, due);
      parts.push(last);
      first = sequence;
      sequence = due;
    }
    let count = 0;
    while (entry < ring.nextEntry) {
      const it = ring.entry(entry);
      // A block that is larger than a message is divided.
      const { bytes, samples, next } = behind(it, sequence, parts.length === 0 ? maxBytes : Infinity);
      if (parts.length > 0 && size + bytes.length > maxBytes) break;
      first ??= Math.max(it.first, sequence);
      parts.push(bytes);
      size += bytes.length;
      count += samples;
      sequence = next;
      last = it.ends ? undefined : bytes;
      if (next < it.next) break;
      entry++;
    }
    if (parts.length === 0) return undefined;
    const place = { epoch: log.epoch, sequence, ...last && { frame: new TextDecoder().decode(last) } };
    let bytes: Uint8Array | undefined;
    return {
      // Joined only on demand: compression joins the parts itself, in memory that it reuses.
      get bytes() {
        return bytes ??= concat(parts);
      },
      ...{ parts, size, first: first ?? sequence, count, place, entry },
    };
  }

  /** Goes on behind a batch. */
  accept({ entry, place }: RingBatch): void {
    this.#notices = [];
    this.#entry = entry;
    this.#sequence = place.sequence;
  }
}

/** A batch of the ring. */
export interface RingBatch extends Batch {
  /** The number of the entry behind it. */
  entry: number;
}

/** The frames of an entry from a sequence number on: of a block, as many as fit, but at least one. */
function behind({ first, next, ends, bytes }: Entry, sequence: number, maxBytes: number) {
  if (!ends) return { bytes, samples: 0, next };
  const skipped = Math.max(0, sequence - first);
  const start = skipped > 0 ? ends[skipped - 1] : 0;
  let end = ends.length;
  while (end > skipped + 1 && ends[end - 1] - start > maxBytes) end--;
  return { bytes: bytes.subarray(start, ends[end - 1]), samples: end - skipped, next: first + end };
}
