import { delay } from "../async/mod.ts";

/** A daemon whose timers are later is busy, or waits for a processor. */
const LATE_MS = 15;

/** A catch-up that has kept the daemon busy for some time pauses for this multiple of it: it takes a third of the time at most. */
const REST = 2;
const MAX_REST_MS = 100;

/** The pace at first and at least, in multiples of real time. */
const MIN_PACE = 24;

/** A late message makes the pace slower by the second factor; one on time that waited for the pace, faster by the first. */
const FASTER = 1.1;
const SLOWER = 0.7;

/** The longest pause for the pace: a device of few samples in a day sends them in a moment. */
const MAX_PACE_MS = 500;

/** The rate of the bench is that of the last time of this length, at least. */
const RATE_MS = 500;

/**
 * The pace at which a bench catches up: it pauses between two messages, so that its devices and live readers are first. It
 * begins with some multiple of real time, is faster while the daemon is on time, and never slower.
 */
export class CatchUpPace {
  readonly #samples: () => number;
  #pace = MIN_PACE;
  /** The samples of the bench at an earlier time, and since when, in milliseconds of the monotonic clock. */
  #counted: { samples: number; atMs: number };
  /** The samples a second of the bench, now; `undefined` at first. */
  #rate: number | undefined;

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
    const isLate = lateMs > LATE_MS;
    if (isLate) {
      this.#pace = Math.max(MIN_PACE, this.#pace * SLOWER);
      await delay(Math.min(lateMs, MAX_REST_MS), { signal }).catch(() => {});
    }
    const paceMs = Math.min(this.#paceMs(count), MAX_PACE_MS) - (performance.now() - start);
    if (paceMs <= 0) return;
    await delay(paceMs, { signal }).catch(() => {});
    if (!isLate) this.#pace *= FASTER;
  }

  /** The time that a message of so many samples may take; 0 on a bench of which nothing streams. */
  #paceMs(count: number): number {
    const samples = this.#samples();
    const elapsedMs = performance.now() - this.#counted.atMs;
    if (elapsedMs >= RATE_MS || this.#rate === undefined) {
      // A device that was removed takes its samples away.
      this.#rate = Math.max(0, samples - this.#counted.samples) / elapsedMs * 1000;
      this.#counted = { samples, atMs: performance.now() };
    }
    return this.#rate > 0 ? count / (this.#pace * this.#rate) * 1000 : 0;
  }
}
