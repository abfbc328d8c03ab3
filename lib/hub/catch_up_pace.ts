import { delay } from "../async/mod.ts";

/** A timer that fires later than this shows that the daemon is busy, or waits for a processor. */
const LATE_MS = 15;

/** After each message, catching up rests for this multiple of its busy time: it uses about a third of the time. */
const REST = 2;
const MAX_REST_MS = 100;

/** The pace, in multiples of real time. A faster one would take the processor from live readers. */
const PACE = 25;

/**
 * The longest time for one message, so that a device with few samples a day catches up at once. If a message takes
 * longer because of the hub, the next ones may be faster, to make up for at most this time.
 */
const MAX_PACE_MS = 500;

/** The rate of the bench is measured again at this interval. */
const RATE_MS = 500;

/**
 * The pace at which a bench catches up: a multiple of real time, with pauses between two messages, so that its devices and
 * live readers are first.
 */
export class CatchUpPace {
  readonly #samples: () => number;
  /** The samples of the bench at an earlier time, and since when, in milliseconds of the monotonic clock. */
  #counted: { samples: number; atMs: number };
  /** The samples a second of the bench, now; `undefined` at first. */
  #rate: number | undefined;
  /** The time of the next message by the pace; `undefined` at first. */
  #dueMs: number | undefined;

  /** @param samples The samples so far of all devices of the bench. */
  constructor(samples: () => number) {
    this.#samples = samples;
    this.#counted = { samples: samples(), atMs: performance.now() };
  }

  /**
   * Pauses behind a message. Never rejects.
   *
   * @param count The samples in it.
   * @param busyMs The time for which it kept the daemon busy, waits for a processor included.
   */
  async pause(count: number, busyMs: number, signal: AbortSignal): Promise<void> {
    const start = performance.now();
    const restMs = Math.min(Math.max(1, REST * busyMs), MAX_REST_MS);
    await delay(restMs, { signal }).catch(() => {});
    const lateMs = performance.now() - start - restMs;
    if (lateMs > LATE_MS) await delay(Math.min(lateMs, MAX_REST_MS), { signal }).catch(() => {});
    const paceMs = Math.min(this.#paceMs(count), MAX_PACE_MS);
    this.#dueMs = Math.max(this.#dueMs ?? start, start - MAX_PACE_MS) + paceMs;
    const waitMs = this.#dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs, { signal }).catch(() => {});
  }

  /** The time for a message of `count` samples, in milliseconds; 0 while no device of the bench streams. */
  #paceMs(count: number): number {
    const samples = this.#samples();
    const elapsedMs = performance.now() - this.#counted.atMs;
    if (elapsedMs >= RATE_MS || this.#rate === undefined) {
      // The count falls when a device is removed.
      this.#rate = Math.max(0, samples - this.#counted.samples) / elapsedMs * 1000;
      this.#counted = { samples, atMs: performance.now() };
    }
    return this.#rate > 0 ? count / (PACE * this.#rate) * 1000 : 0;
  }
}
