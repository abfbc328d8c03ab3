import type { StreamingMode } from "./policy.ts";

/** How long a device goes on streaming when its last reader has left: a page that reloads is back by then. */
const LINGER_MS = 1_000;

/**
 * Who wants a device to stream. It should as long as anybody does, and a stop that a person asked for holds until
 * somebody newly asks for a start.
 */
export class Wants {
  readonly #mode: StreamingMode;
  readonly #changed: () => void;
  #readers = 0;
  #explicit = false;
  #held = false;
  #linger: ReturnType<typeof setTimeout> | undefined;

  /** @param changed Called when the answer of `streaming` may have changed. */
  constructor(mode: StreamingMode, changed: () => void) {
    this.#mode = mode;
    this.#changed = changed;
  }

  /** Whether the device should stream. */
  get streaming(): boolean {
    if (this.#held) return false;
    const read = this.#readers > 0 || this.#linger !== undefined;
    return this.#explicit || this.always || (this.#mode === "on-demand" && read);
  }

  /** Whether nobody needs to ask: then a stream that ends by itself is a failure. */
  get always(): boolean {
    return this.#mode === "always";
  }

  get readers(): number {
    return this.#readers;
  }

  /** An explicit start, or a local callback. */
  start(): void {
    this.#explicit = true;
    this.#held = false;
    this.#changed();
  }

  /** An explicit stop, or the driver had no more: nobody's want counts until a new one comes. */
  hold(): void {
    this.#explicit = false;
    this.#held = true;
    this.#endLinger();
    this.#changed();
  }

  /** Forgets what was asked for explicitly, stops included. Readers stay. */
  reset(): void {
    this.#explicit = false;
    this.#held = false;
    this.#endLinger();
    this.#changed();
  }

  /**
   * A reader comes; the returned function says that it leaves. One that `waits` has come back by itself: it does not undo
   * a stop.
   */
  read({ waits = false } = {}): () => void {
    this.#readers++;
    this.#endLinger();
    if (!waits) this.#held = false;
    this.#changed();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#readers--;
      if (this.#readers === 0 && !this.#held) {
        this.#linger = setTimeout(() => {
          this.#endLinger();
          this.#changed();
        }, LINGER_MS);
      }
    };
  }

  #endLinger(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
  }
}
