/** A connection with an instrument that answers lines of text, whatever carries them. */
export interface ScpiLink {
  /** The name of the other side, for messages. */
  readonly peer: string;
  query(text: string, options: { signal?: AbortSignal }): Promise<string>;
  /** Sends a question, and resolves with the data of the binary block that answers it. */
  queryBlock(text: string, options: { signal?: AbortSignal }): Promise<Uint8Array>;
  write(text: string, options: { signal?: AbortSignal }): Promise<void>;
  close(): void | Promise<void>;
}
