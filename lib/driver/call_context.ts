/** The context of one call of a method, or of one access to a property. */
export interface CallContext {
  /** Aborts when the call's time limit is over (30 s by default), or when the device disconnects. */
  signal: AbortSignal;
}
