/**
 * One thing in the log: a block of samples, or a notice (a state change, a gap) without any. It covers the sequence
 * numbers from `first` up to, not including, `next`.
 */
export interface Entry {
  readonly first: number;
  readonly next: number;
  readonly bytes: Uint8Array;
  /** The end of each frame; `null` in a notice. */
  readonly ends: Uint32Array | null;
  /** True for a notice that belongs to the sample after it: a reader that resumes before that sample gets both. */
  readonly isPreface?: boolean;
  /** The time of its append, by `performance.now()`. Absent in an entry for one reader alone. */
  readonly at?: number;
}

/** An entry of a ring. */
export type TimedEntry = Entry & { readonly at: number };

/** An entry without its bytes. */
export interface EntryHead extends Pick<TimedEntry, "first" | "next" | "at"> {
  /** The number of its bytes. */
  readonly size: number;
  readonly isNotice: boolean;
}

/** The bytes of consecutive entries up to, not including, the one with the number `end`. */
export interface EntryRun {
  readonly bytes: Uint8Array;
  readonly end: number;
}

/** An entry without its bytes. */
export function headOf({ first, next, at, bytes, ends }: TimedEntry): EntryHead {
  return { first, next, at, size: bytes.length, isNotice: ends === null };
}
