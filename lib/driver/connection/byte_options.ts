/** The limit of connecting, and of an exchange, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 5_000;

/** Options of a {@linkcode ByteConnection}. */
export interface ByteConnectionOptions {
  /** The other end, for messages: `192.168.1.20:5025`. */
  peer: string;
  /**
   * The number of received bytes that wait for a read. Beyond it the connection takes no more, so the peer waits.
   *
   * @default {1_048_576}
   */
  maxWaitingBytes?: number;
}

/** Options of {@linkcode ByteConnection.read}. */
export interface ReadOptions {
  /** Ends the wait. Bytes that have arrived stay. */
  signal?: AbortSignal;
  /**
   * The limit of the wait for a complete message, in milliseconds. `Infinity`: an instrument whose messages are rare
   * events.
   *
   * @default {30_000}
   */
  timeoutMs?: number;
}

/**
 * Finds the next message in the bytes that have arrived.
 *
 * @returns The number of bytes of the message, from the beginning; `undefined` as long as it is not complete.
 * @throws to refuse the bytes.
 */
export type Frame = (received: Uint8Array<ArrayBuffer>) => number | undefined;
