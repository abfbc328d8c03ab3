import { concat } from "../../format/concat.ts";
import type { FedEntry } from "../protocol/messages.ts";
import { timeOf } from "../store/frames.ts";
import type { Row, Source } from "../store/segment.ts";

/** A row that grows. */
export class PendingRow {
  readonly #source: Source;
  readonly #parts: Uint8Array[] = [];
  readonly #first: number;
  #t0: bigint | undefined;
  #last: FedEntry;
  /** The bytes of its frames. */
  bytes = 0;
  count = 0;
  lost = 0;

  constructor(source: Source, entry: FedEntry) {
    this.#source = source;
    this.#first = entry.first;
    this.#last = entry;
    this.add(entry);
  }

  /** True for an event after which the times are of another clock: a row has the times of one clock. */
  static isClockStep({ count, frames }: FedEntry): boolean {
    return count === 0 && new TextDecoder().decode(frames.subarray(0, 80)).includes('"event":"clock"');
  }

  add(entry: FedEntry): void {
    const { first, next, count, frames } = entry;
    this.#parts.push(frames);
    this.bytes += frames.length;
    this.count += count;
    if (count === 0) this.lost += next - first;
    this.#t0 ??= timeOf(frames);
    this.#last = entry;
  }

  /** The row as it is stored. */
  finish(): Row {
    const { next, entry, frames, lastFrame } = this.#last;
    const begin = this.#t0 ?? 0n;
    const end = timeOf(frames.subarray(lastFrame)) ?? begin;
    const [t0, t1] = begin <= end ? [begin, end] : [end, begin];
    const { count, lost } = this;
    const bytes = this.#parts.length === 1 ? this.#parts[0] : concat(this.#parts);
    return { source: this.#source, first: this.#first, next, count, lost, t0, t1, entry, bytes };
  }
}
