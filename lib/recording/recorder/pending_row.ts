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
  #t1: bigint | undefined;
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
    const { first, next, count, frames, lastFrame } = entry;
    this.#parts.push(frames);
    this.bytes += frames.length;
    this.count += count;
    if (count === 0) this.lost += next - first;
    this.#span(timeOf(frames));
    if (count > 1) this.#span(timeOf(frames.subarray(lastFrame)));
    this.#last = entry;
  }

  /** The row in its stored form. */
  finish(): Row {
    const { next, entry } = this.#last;
    const t0 = this.#t0 ?? 0n;
    const t1 = this.#t1 ?? t0;
    const { count, lost } = this;
    const bytes = this.#parts.length === 1 ? this.#parts[0] : concat(this.#parts);
    return { source: this.#source, first: this.#first, next, count, lost, t0, t1, entry, bytes };
  }

  /** Extends the span of time. Times may fall: a restarted recorder gets its own events before older samples. */
  #span(time: bigint | undefined): void {
    if (time === undefined) return;
    if (this.#t0 === undefined || time < this.#t0) this.#t0 = time;
    if (this.#t1 === undefined || time > this.#t1) this.#t1 = time;
  }
}
