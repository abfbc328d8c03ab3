import { MAX_DELAY_MS } from "./delay.ts";
import { Sleepers } from "./sleepers.ts";

/** Options of {@linkcode every}. */
export interface EveryOptions {
  /**
   * The treatment of ticks that became due while the consumer was busy: `"catch-up"` yields them at once, one after the
   * other, so that their number is right; `"skip"` omits them, so that the phase is right.
   *
   * @default {"catch-up"}
   */
  late?: "catch-up" | "skip";
}

/** A consumer that is further behind does not catch up. It skips to now, which the tick numbers show. */
const MAX_CATCH_UP_MS = 1_000;

/** The time for which late ticks may follow each other before timers and sockets get their turn. */
const MAX_BURST_MS = 10;

/** The loops of this process that wait for their next tick. */
const SLEEPERS = new Sleepers();

/**
 * Ticks every `period` milliseconds until the signal aborts, then returns. The first tick comes at once. Yields the
 * number of the tick, counted from 0.
 *
 * Each tick has a deadline, `start + n × period`, so the rate does not drift as it does when a loop sleeps `period`
 * after each turn. Timers turn about 475 times a second; at faster rates several ticks share a turn. A consumer that is
 * more than a second behind skips to now: the numbers then have a gap.
 *
 * @example Three samples at 1 kHz
 * ```ts
 * import { every } from "./every.ts";
 *
 * const ticks: number[] = [];
 * for await (const tick of every(1, new AbortController().signal)) {
 *   ticks.push(tick);
 *   if (ticks.length === 3) break;
 * }
 * console.assert(ticks.join() === "0,1,2");
 * ```
 *
 * @throws {RangeError} if `period` is not a positive, finite number.
 */
export async function* every(
  period: number,
  signal: AbortSignal,
  { late = "catch-up" }: EveryOptions = {},
): AsyncGenerator<number, void, undefined> {
  if (!(period > 0 && period < Infinity)) {
    throw new RangeError(`Cannot tick every ${period} ms: the period must be a positive number of milliseconds`);
  }
  const start = performance.now();
  let turn = start;
  for (let tick = 0; !signal.aborted; tick++) {
    const due = start + tick * period;
    let now = performance.now();
    if (now < due || now - turn > MAX_BURST_MS) {
      // Timers may be early by a fraction of a millisecond, and are limited to some weeks.
      do {
        await sleepUntil(due, signal);
        if (signal.aborted) return;
        turn = now = performance.now();
      } while (due - now > 1_000);
    }
    const behind = now - due;
    if (behind >= period && (late === "skip" || behind > MAX_CATCH_UP_MS)) tick += Math.floor(behind / period);
    yield tick;
  }
}

/** Like `delay`, but an abort resolves it: the loop above checks the signal itself. */
function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      resolve();
    };
    const stop = SLEEPERS.sleep(Math.min(ms, performance.now() + MAX_DELAY_MS), () => {
      signal.removeEventListener("abort", end);
      resolve();
    });
    signal.addEventListener("abort", end, { once: true });
  });
}
