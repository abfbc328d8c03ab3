/** A place in the past of a device: behind one of its frames. */
export interface PastPlace {
  /** The run of the daemon. */
  epoch: string;
  /** The sequence number that is due there. */
  sequence: number;
  /** The frame before it, if that is an event: others have the same sequence number. */
  frame?: string;
  /** The time of that frame, as events have it: where a run is not recorded, what is later follows. */
  time?: string;
}

/** A request for what is recorded of a device behind a place. */
export interface BacklogRequest {
  device: string;
  /** The folder of all recordings. */
  root: string;
  /** The folders of the recordings that have something of the device. */
  folders: readonly string[];
  /** Without a place it begins with the oldest, of which it takes no more than the newest `maxBytes`. */
  after?: PastPlace;
  /** The bytes of frames; none: no limit. */
  maxBytes?: number;
  /** Without a place: what is older is left out, in ms since 1970; none: no limit. */
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

/** Consecutive frames of one run, without their bytes. */
export interface BacklogHead {
  epoch: string;
  /** The first sequence number that it is about. */
  first: number;
  /** The number behind the last one. */
  next: number;
  /** The samples in it. */
  count: number;
  /** The last frame, if that is an event. */
  frame?: string;
  /** True if the bytes are compressed by Zstandard. */
  isCompressed?: boolean;
  /** True if they are the packed columns of a run, compressed. */
  isColumns?: boolean;
}

/** Consecutive frames of one run. */
export interface BacklogPart extends BacklogHead {
  bytes: Uint8Array;
}

/** A command to the process that reads: to begin a reading, to read its next part, to end it. Each reading has a number. */
export type BacklogCommand = { open: number; request: BacklogRequest } | { next: number } | { close: number };

/** The answer to `next`. The bytes of a part follow its head. */
export interface BacklogAnswer {
  id: number;
  /** None behind the last part. */
  head?: BacklogHead;
  /** The reason why the reading has ended, if it could not go on. */
  error?: string;
}
