import { abortable, delay } from "../async/mod.ts";

/** The limit of messages on their way at the beginning, and its greatest value. */
const FIRST_SIZE = 2;
const MAX_SIZE = 6;

/** An acknowledgement that takes so much longer than the fastest ones waits behind others, at the hub or for a processor. */
const SLACK_MS = 50;

/** The fastest one is forgotten by this part with each message: the way to the hub may change. */
const FORGET = 0.01;

/** A single message whose acknowledgement is slow is followed by a pause of the same length, up to a limit. */
const MAX_PAUSE_MS = 250;

/** The time as {@linkcode AckWindow} sees it. */
interface WindowClock {
  /** The monotonic clock, in milliseconds. */
  now(): number;
  /** Waits. Rejects when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * The limit of a catching-up bench's messages on their way to its hub. It grows while they are acknowledged as fast as
 * a single message, and shrinks when they wait. So several benches that catch up at once leave the hub its time for the
 * live messages of all others, and a distant bench is not slowed down.
 */
export class AckWindow {
  #size = FIRST_SIZE;
  #out = 0;
  #fastestMs = Infinity;
  readonly #clock: WindowClock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: WindowClock = { now: () => performance.now(), pause: (ms, signal) => delay(ms, { signal }) }) {
    this.#clock = clock;
  }

  /** The messages that may be on their way. */
  get size(): number {
    return Math.floor(this.#size);
  }

  /**
   * Waits for a place, or until the signal aborts. Returns what is called when the message was acknowledged, or has failed: it
   * gives the place back, with a hub that is busy after a pause. Never rejects.
   */
  async enter(signal: AbortSignal): Promise<() => Promise<void>> {
    while (this.#out >= this.size && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await abortable(promise, signal).catch(() => {});
      this.#waiting.delete(resolve);
    }
    this.#out++;
    const start = this.#clock.now();
    return async () => {
      const pauseMs = this.#pauseBehind(this.#clock.now() - start);
      if (pauseMs > 0) await this.#clock.pause(pauseMs, signal).catch(() => {});
      this.#out--;
      for (const wake of [...this.#waiting].slice(0, Math.max(0, this.size - this.#out))) wake();
    };
  }

  #pauseBehind(ms: number): number {
    this.#fastestMs = Math.min(this.#fastestMs * (1 + FORGET), ms);
    const isSlow = ms > 2 * this.#fastestMs + SLACK_MS;
    const pauseMs = isSlow && this.size === 1 ? Math.min(ms, MAX_PAUSE_MS) : 0;
    this.#size = isSlow ? Math.max(1, this.#size * 0.7) : Math.min(MAX_SIZE, this.#size + 1 / this.#size);
    return pauseMs;
  }
}
