import { type EntryHead, type EntryRun, headOf, type TimedEntry } from "./entry.ts";
import { PackedEntries } from "./packed_entries.ts";

/**
 * The number of entries that are packed together, and the least number of the newest ones that are not: readers that
 * are up to date get each entry as it came.
 */
const PACKED_ENTRIES = 128;

/** Replaces a dropped entry, so that its bytes are free at once. */
const DROPPED: TimedEntry = { first: 0, next: 0, bytes: new Uint8Array(), ends: null, at: 0 };

/** A list of entries, numbered from the first ever. All but the newest 128 to 255 entries are packed. */
export class EntryList {
  /** The older entries, in groups of {@linkcode PACKED_ENTRIES}. */
  readonly #packed: PackedEntries[] = [];
  #newest: TimedEntry[] = [];
  /** The numbers of the first entry in `#packed`, and in `#newest`. */
  #base = 0;
  #newestBase = 0;
  #first = 0;

  /** The number of the oldest entry. */
  get first(): number {
    return this.#first;
  }

  /** The number that the next entry gets. */
  get next(): number {
    return this.#newestBase + this.#newest.length;
  }

  entry(number: number): TimedEntry {
    if (number >= this.#newestBase) return this.#newest[number - this.#newestBase];
    if (number < this.#first) return DROPPED;
    const index = number - this.#base;
    return this.#packed[Math.floor(index / PACKED_ENTRIES)].entry(index % PACKED_ENTRIES);
  }

  /** An entry without its bytes; it costs less than the whole. */
  head(number: number): EntryHead {
    if (number >= this.#newestBase || number < this.#first) return headOf(this.entry(number));
    const index = number - this.#base;
    return this.#packed[Math.floor(index / PACKED_ENTRIES)].head(index % PACKED_ENTRIES);
  }

  /**
   * The bytes of an entry, and of those up to `end` behind it that stand in the same memory and fit in `maxBytes` together.
   */
  run(number: number, end: number, maxBytes: number): EntryRun {
    if (number >= this.#newestBase) return { bytes: this.entry(number).bytes, end: number + 1 };
    const index = number - this.#base;
    const i = index % PACKED_ENTRIES;
    const start = number - i;
    const run = this.#packed[(index - i) / PACKED_ENTRIES].run(i, Math.min(end - start, PACKED_ENTRIES), maxBytes);
    return { bytes: run.bytes, end: start + run.end };
  }

  push(entry: TimedEntry): void {
    this.#newest.push(entry);
    if (this.#newest.length === 2 * PACKED_ENTRIES) this.#pack();
  }

  dropFirst(): void {
    const number = this.#first++;
    if (number >= this.#newestBase) {
      this.#newest[number - this.#newestBase] = DROPPED;
      return;
    }
    this.#packed[0].drop(number - this.#base);
    if (this.#first < this.#base + PACKED_ENTRIES) return;
    this.#packed.shift();
    this.#base += PACKED_ENTRIES;
  }

  #pack(): void {
    const entries = this.#newest.splice(0, PACKED_ENTRIES);
    this.#newestBase += PACKED_ENTRIES;
    if (this.#first < this.#newestBase) this.#packed.push(new PackedEntries(entries));
    else this.#base = this.#newestBase;
  }
}
