import type { Entry } from "./ring.ts";

/** One reader's view of one device: its entries one by one, or as bytes. */
export interface Reader {
  /** The sequence number of the sample that comes next, unless it is lost. */
  readonly sequence: number;
  /** The next entry, or `undefined` if there is nothing new. */
  next(): Entry | undefined;
  /** The next entries as bytes: one or several, or `undefined` if there is nothing new. */
  take(): Uint8Array | undefined;
  /** Calls `wake` when there may be something new, until the returned function is called. */
  subscribe(wake: () => void): () => void;
}
