import type { Entry } from "./ring.ts";

/** One reader's view of one device: its entries one by one, or as bytes. */
export interface Reader {
  /** The number of the sample that comes next, unless it gets lost. */
  readonly sequence: number;
  /** The next entry, or `undefined` when there is nothing at the moment. */
  next(): Entry | undefined;
  /** The same as bytes: one entry or several. */
  take(): Uint8Array | undefined;
  /** Calls `wake` when there may be more. The returned function ends that. */
  subscribe(wake: () => void): () => void;
}
