import type { PastPlace, RecordedHead } from "../../stream/past/recorded_part.ts";

/** A request for what is recorded of a device behind a place. */
export interface BacklogRequest {
  device: string;
  /** The folder of all recordings. */
  root: string;
  /** The folders of the recordings that have something of the device. */
  folders: readonly string[];
  /** Without a place it begins with the oldest, of which it takes no more than the newest `maxBytes`. */
  after?: PastPlace;
  /** The limit of the bytes of frames; absent for no limit. */
  maxBytes?: number;
  /** Without a place: the earliest time, in ms since 1970; absent for no limit. */
  since?: number;
  /** The present run of the daemon: it follows all others, also where a clock was set back. */
  present?: string;
  /** The bytes of a part, at most; before it is compressed. */
  partBytes: number;
  /** True to compress larger parts by Zstandard, and to have many samples in columns. */
  compress?: boolean;
  /** From this place on only parts in columns, up to the first other one: the reader has that. */
  columnsFrom?: Pick<PastPlace, "epoch" | "sequence">;
}

/** A command to the process that reads: to begin a reading, to read its next part, to end it. Each reading has a number. */
export type BacklogCommand = { open: number; request: BacklogRequest } | { next: number } | { close: number };

/** The answer to `next`. The bytes of a part follow its head. */
export interface BacklogAnswer {
  id: number;
  /** The head of the part; absent behind the last part. */
  head?: RecordedHead;
  /** The reason why the reading has ended, if it could not go on. */
  error?: string;
}
