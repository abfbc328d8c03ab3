/** The context of one access to a property. */
export interface PropertyContext {
  /** Aborts when the call limit of the device is over (30 s by default), or when the device disconnects. */
  signal: AbortSignal;
}

/** The context of one call of a method. */
export interface CallContext {
  /**
   * Aborts when the method's limit is over, when the call is cancelled, when the instrument is to be made safe, or when
   * the device disconnects. If the method still runs one stop limit (5 s by default) after its own limit, the
   * connection ends: `safe` and `disconnect` are called while it runs, and a process that ignores these is killed, too.
   */
  signal: AbortSignal;
  /**
   * Reports the progress of the call, to its caller and as the event `progress` to every reader of the device. If
   * reports follow each other quickly, the last of each 200 ms is sent. Never throws.
   *
   * @param fraction The finished part, from 0 to 1; `null` if unknown.
   * @param text The present step, for people. Cut to 200 characters.
   */
  progress(fraction: number | null, text?: string): void;
}
