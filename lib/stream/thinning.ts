import type { Entry } from "./ring.ts";

/** A sample on its way through a thinned stream: `nth` counts incoming samples, from 1. */
export interface Candidate extends Entry {
  readonly nth: number;
}

/** Chooses the samples of an interval that are kept. */
export interface Thinning {
  /** The usual number of samples from an interval. After more samples, the next interval is longer in proportion. */
  readonly perInterval: number;
  /** Adds a block of samples, the first of which is the `nth`. */
  add(entry: Entry, nth: number): void;
  /** The chosen samples, in order. Of the others only the newest is kept, which may be the last of the stream. */
  take(): Candidate[];
  /** True if there is a sample to choose. */
  readonly pending: boolean;
}

/** The thinnings by their names in a request. */
export const THINNINGS: ReadonlyMap<string, () => Thinning> = new Map<string, () => Thinning>([
  ["newest", () => new Newest()],
  ["minmax", () => new MinMax()],
]);

/** Keeps the newest sample. */
class Newest implements Thinning {
  readonly perInterval = 1;
  /** The entry of the newest sample, whose first sample is the `#nth`. */
  #newest: Entry | undefined;
  #nth = 0;

  get pending(): boolean {
    return this.#newest !== undefined;
  }

  add(entry: Entry, nth: number): void {
    this.#newest = entry;
    this.#nth = nth;
  }

  take(): Candidate[] {
    const newest = this.#newest;
    this.#newest = undefined;
    return newest ? [candidate(newest, newest.ends!.length - 1, this.#nth)] : [];
  }
}

/**
 * Keeps the smallest and the largest number, so that a spike of one sample survives, and the first sample among them that
 * is no number, as `null` for an overload. Of samples without a number among them, the newest.
 */
class MinMax implements Thinning {
  readonly perInterval = 2;
  #low: Candidate | undefined;
  #high: Candidate | undefined;
  /** The first sample that is no number. */
  #other: Candidate | undefined;
  #lowest = Infinity;
  #highest = -Infinity;
  /** The entry of the newest sample, whose first sample is the `#nth`. */
  #newest: Entry | undefined;
  #nth = 0;

  get pending(): boolean {
    return this.#newest !== undefined;
  }

  add(entry: Entry, nth: number): void {
    const { ends, bytes } = entry;
    for (let i = 0; i < ends!.length; i++) this.#look(readNumber(bytes, ends![i]), entry, i, nth);
    this.#newest = entry;
    this.#nth = nth;
  }

  take(): Candidate[] {
    const newest = this.#newest && candidate(this.#newest, this.#newest.ends!.length - 1, this.#nth);
    const high = this.#high?.nth === this.#low?.nth ? undefined : this.#high;
    const chosen = this.#low ? [this.#low, high, this.#other] : [newest];
    const kept = chosen.filter((it) => it !== undefined).sort((a, b) => a.nth - b.nth);
    this.#low = this.#high = undefined;
    this.#other = this.#newest = undefined;
    this.#lowest = Infinity;
    this.#highest = -Infinity;
    if (newest && newest.nth > kept.at(-1)!.nth) {
      this.#look(readNumber(newest.bytes, newest.bytes.length), newest, 0, newest.nth);
      this.#newest = newest;
      this.#nth = newest.nth;
    }
    return kept;
  }

  #look(value: number, entry: Entry, i: number, nth: number): void {
    if (value < this.#lowest) {
      this.#lowest = value;
      this.#low = candidate(entry, i, nth);
    }
    if (value > this.#highest) {
      this.#highest = value;
      this.#high = candidate(entry, i, nth);
    }
    if (Number.isNaN(value)) this.#other ??= candidate(entry, i, nth);
  }
}

/** The `i`th sample of an entry whose first sample is the `nth`. */
function candidate({ first, bytes, ends }: Entry, i: number, nth: number): Candidate {
  const sequence = first + i;
  const frame = bytes.subarray(ends![i - 1] ?? 0, ends![i]);
  return { first: sequence, next: sequence + 1, bytes: frame, ends: Uint32Array.of(frame.length), nth: nth + i };
}

const COLON = 58;
const decoder = new TextDecoder();

/** The bytes after the payload in every frame: `}` and two line ends. */
const TAIL_BYTES = 3;

/** No number is longer. */
const MAX_NUMBER_BYTES = 32;

/**
 * The payload of the frame that ends at `end`, if the payload is a number; else NaN. The payload is the last value in
 * the frame.
 */
function readNumber(bytes: Uint8Array, end: number): number {
  const last = end - TAIL_BYTES;
  for (let i = last - 1; i >= last - MAX_NUMBER_BYTES; i--) {
    if (bytes[i] === COLON) return parseNumber(decoder.decode(bytes.subarray(i + 1, last)));
  }
  return NaN;
}

function parseNumber(text: string): number {
  return /^-?\d/.test(text) ? Number(text) : NaN;
}
