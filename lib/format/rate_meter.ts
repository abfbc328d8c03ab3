/** The time over which a rate is measured: long enough for a device at 1 Hz, short enough to show a change. */
export const RATE_WINDOW_MS = 5_000;

/** One observation of a device's stream. */
interface Reading {
  sequence: number;
  timeMs: number;
  epoch: string;
}

/**
 * The rate at which a device produces samples, measured by their sequence numbers and times. It is correct even if only
 * some of the samples arrive.
 */
export class RateMeter {
  #readings: Reading[] = [];

  /** Adds a reading. A new epoch, a smaller sequence and a clock that was set back begin a new measurement. */
  add(sequence: number, timeMs: number, epoch = ""): void {
    const last = this.#readings.at(-1);
    if (last && (epoch !== last.epoch || sequence < last.sequence || timeMs < last.timeMs)) this.#readings = [];
    this.#readings.push({ sequence, timeMs, epoch });
    while (this.#readings.length > 2 && this.#readings[1].timeMs <= timeMs - RATE_WINDOW_MS) this.#readings.shift();
  }

  /** Discards the readings, as after a pause. */
  reset(): void {
    this.#readings = [];
  }

  /** The rate in Hz; `undefined` before there are two readings. */
  get rate(): number | undefined {
    const [first, last] = [this.#readings[0], this.#readings.at(-1)];
    if (!first || !last || last.timeMs <= first.timeMs) return undefined;
    return (last.sequence - first.sequence) * 1000 / (last.timeMs - first.timeMs);
  }

  /** The number of samples between the first reading and the last one. */
  get samples(): number {
    const [first, last] = [this.#readings[0], this.#readings.at(-1)];
    return first && last ? last.sequence - first.sequence : 0;
  }

  /** The time of the last reading. */
  get lastTimeMs(): number | undefined {
    return this.#readings.at(-1)?.timeMs;
  }
}
