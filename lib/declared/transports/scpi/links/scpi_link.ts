/** Exchanges with an instrument that answers lines of text. */
export interface ScpiExchanges {
  query(text: string, options: ExchangeOptions): Promise<string>;
  /** Sends a question, and resolves with the data of the binary block that answers it. */
  queryBlock(text: string, options: ExchangeOptions): Promise<Uint8Array>;
  write(text: string, options: ExchangeOptions): Promise<void>;
}

/** The options of an exchange. */
export interface ExchangeOptions {
  /** Ends the wait. */
  signal?: AbortSignal;
  /** The limit, in milliseconds. */
  timeoutMs?: number;
}

/** A connection with an instrument that answers lines of text, over any carrier. */
export interface ScpiLink {
  /** The name of the other side, for messages. */
  readonly peer: string;
  /**
   * Runs exchanges that belong together: no other device has one between them. Another object is another connection: the
   * last one was lost, by whichever device, and opened again.
   */
  turn<Result>(work: (connection: ScpiExchanges) => Promise<Result>, signal: AbortSignal): Promise<Result>;
  close(): void | Promise<void>;
}
