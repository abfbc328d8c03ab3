/** A reading of the daemon's clock is used for so long: the clocks of two machines drift by some 0.1 s in an hour. */
const MAX_AGE_MS = 10 * 60_000;

/** A reading, and when its request was sent, by this computer's monotonic clock. */
interface Reading {
  epoch: string;
  /** The upper limit of the daemon's clock minus this computer's. */
  differenceMs: number;
  readAtMs: number;
}

/**
 * The daemon's clock, as its answers report it. Converts the time of a request to the daemon's time, never to an
 * earlier one. So neither this computer's wall clock nor the travel time of an answer makes a command too old.
 *
 * @example
 * ```ts
 * import { DaemonClock } from "./daemon_clock.ts";
 *
 * const clock = new DaemonClock();
 * clock.read("k3f9-120000", 1_000, 1_010);
 * console.assert(clock.at(2_000) === "k3f9-121000");
 * ```
 */
export class DaemonClock {
  #reading: Reading | undefined;

  /**
   * Reads the header of an answer.
   *
   * @param sentMs When the request was sent, by `performance.now()`.
   * @param replaces True to forget earlier readings: the daemon does not agree with them.
   */
  read(header: string | null, sentMs: number, nowMs: number, replaces = false): void {
    const [, epoch, ms] = /^(.+)-(\d+)$/.exec(header ?? "") ?? [];
    if (epoch === undefined) return;
    const differenceMs = Number(ms) - sentMs;
    const last = this.#reading;
    const isBetter = replaces || last?.epoch !== epoch || differenceMs < last.differenceMs ||
      nowMs - last.readAtMs > MAX_AGE_MS;
    if (isBetter) this.#reading = { epoch, differenceMs, readAtMs: nowMs };
  }

  /** A time by `performance.now()` in the form of the command header; `undefined` before the first answer. */
  at(ms: number): string | undefined {
    return this.#reading && `${this.#reading.epoch}-${Math.max(0, Math.ceil(ms + this.#reading.differenceMs))}`;
  }
}

const clocks = new Map<string, DaemonClock>();

/** The clock of the daemon at an address. All requests of a program to it share one. */
export function clockOf(baseUrl: string): DaemonClock {
  let clock = clocks.get(baseUrl);
  if (!clock) clocks.set(baseUrl, clock = new DaemonClock());
  return clock;
}
