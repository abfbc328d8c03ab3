/** What a stream writes: something that gives the next bytes for one reader, and says when there are more. */
export interface Reader {
  /** The next bytes, or `undefined` when there is nothing at the moment. */
  take(): Uint8Array | undefined;
  /** Calls `wake` when there may be more. The returned function ends that. */
  subscribe(wake: () => void): () => void;
}
