import { abortable, delay } from "../async/mod.ts";

/** The first and the greatest limit of unacknowledged messages. */
const FIRST_SIZE = 2;
const MAX_SIZE = 6;

/** An acknowledgement that takes over twice the fastest time plus this was queued, at the hub or for a processor. */
const SLACK_MS = 50;

/** The fastest time grows by this fraction with each message: the route to the hub may become slower. */
const FORGET = 0.01;

/** At the limit of one message, a slow acknowledgement is followed by a pause of the same length, but at most this. */
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
   * Waits until another message may be sent, or the signal aborts. The caller calls the returned function when the
   * message is acknowledged or has failed. While the hub is busy, that function pauses first. Neither rejects.
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
