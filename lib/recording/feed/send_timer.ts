/** A timer for the next write: of several waits the shortest one counts. */
export class SendTimer {
  readonly #send: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSoon = false;

  constructor(send: () => void) {
    this.#send = send;
  }

  /** Sends after a time, or earlier. */
  sendAfter(ms: number): void {
    if (this.#timer !== undefined && (this.#isSoon || ms > 0)) return;
    this.cancel();
    this.#isSoon = ms === 0;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#send();
    }, ms);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
