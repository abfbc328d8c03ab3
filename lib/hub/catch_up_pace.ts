import { delay } from "../async/mod.ts";

/** A daemon whose timers are later is busy, or waits for a processor. */
const LATE_MS = 15;

/** A catch-up that has kept the daemon busy for some time pauses for this multiple of it: it takes a third of the time at most. */
const REST = 2;
const MAX_REST_MS = 100;

/** The pace, in multiples of real time: faster ones take the processor from live readers. */
const PACE = 25;

/**
 * The longest time of a message by the pace: a device of few samples in a day sends them in a moment. What a message has taken
 * longer, since it waited for the hub, those behind it have less, up to the same time.
 */
const MAX_PACE_MS = 500;

/** The rate of the bench is that of the last time of this length, at least. */
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

  /** The time that a message of so many samples may take; 0 on a bench of which nothing streams. */
  #paceMs(count: number): number {
    const samples = this.#samples();
    const elapsedMs = performance.now() - this.#counted.atMs;
    if (elapsedMs >= RATE_MS || this.#rate === undefined) {
      // A device that was removed takes its samples away.
      this.#rate = Math.max(0, samples - this.#counted.samples) / elapsedMs * 1000;
      this.#counted = { samples, atMs: performance.now() };
    }
    return this.#rate > 0 ? count / (PACE * this.#rate) * 1000 : 0;
  }
}
