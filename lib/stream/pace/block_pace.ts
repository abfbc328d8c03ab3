/**
 * The mean number of blocks that all devices of a process send in a second: a block costs the process, the daemon and
 * the recorder the same, however many samples it has.
 */
const BLOCKS_PER_SECOND = 1_000;

/** The limits of the interval of a device's blocks: what one device may send alone, and what its readers wait at most. */
const MIN_INTERVAL_MS = 1;
const MAX_INTERVAL_MS = 10;

/** The time over which blocks are counted, and the factor by which one count changes the interval at most. */
const MEASURE_MS = 50;
const MAX_FACTOR = 1.5;

/** A longer time since the last count means that the process was idle. */
const IDLE_MS = 500;

/**
 * The mean interval between the blocks of a device. It grows with the number of blocks that all devices of the process
 * send. A device that sends less often never waits.
 */
export class BlockPace {
  #intervalMs = MIN_INTERVAL_MS;
  #blocks = 0;
  #countedAt = -Infinity;

  /** A block is sent now, by `performance.now()`. Returns the time until the next one of this device is due. */
  sent(now: number): number {
    this.#blocks++;
    const elapsed = now - this.#countedAt;
    if (elapsed >= MEASURE_MS || elapsed < 0) {
      const factor = this.#blocks * 1000 / elapsed / BLOCKS_PER_SECOND;
      const next = this.#intervalMs * Math.min(MAX_FACTOR, Math.max(1 / MAX_FACTOR, factor));
      const isKnown = elapsed > 0 && elapsed < IDLE_MS;
      this.#intervalMs = isKnown ? Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, next)) : MIN_INTERVAL_MS;
      this.#blocks = 0;
      this.#countedAt = now;
    }
    return this.#intervalMs;
  }

  /**
   * The time at which to send a block that is due at `due`. Where devices have to wait, it is rounded up, so that all
   * devices send together, in one write.
   */
  sendAt(due: number): number {
    const step = Math.round(this.#intervalMs);
    return step > MIN_INTERVAL_MS ? Math.ceil(due / step) * step : due;
  }
}
