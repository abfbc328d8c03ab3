/** The number of lines that are logged in each interval; the others are counted. */
const MAX_LINES = 10;
const INTERVAL_MS = 10_000;

/**
 * The log of one device whose instrument may cause a line with each message. To write all of these lines would take the
 * time of the devices beside it.
 */
export class LimitedLog {
  #begun = -Infinity;
  #logged = 0;
  #dropped = 0;

  /** Logs a warning, or counts it. `text` is called for logged warnings only. */
  warn(text: () => string): void {
    if (this.#hasRoom()) console.warn(text());
  }

  /** Logs good news in the same way, such as that the reason of a warning is over. */
  info(text: () => string): void {
    if (this.#hasRoom()) console.info(text());
  }

  #hasRoom(): boolean {
    const now = performance.now();
    if (now - this.#begun >= INTERVAL_MS) {
      if (this.#dropped > 0) console.warn(`${this.#dropped} more lines like these are not logged`);
      this.#begun = now;
      this.#logged = this.#dropped = 0;
    }
    if (this.#logged >= MAX_LINES) {
      this.#dropped++;
      return false;
    }
    this.#logged++;
    return true;
  }
}
