/** An interval is unusual if it is this many times longer than the largest of the latest ones. */
const UNUSUAL = 4;
/** The largest interval is forgotten after about so many intervals of its length. */
const MEMORY = 10;
/** After an unusual interval longer ones are expected: the device may have become slower. */
const GROWTH = 2;
/** A shorter pause is a delay of the computer, in seconds. */
const MIN_PAUSE = 0.1;

/**
 * The pace of a device: it finds the stretches without a sample that are much longer than the device's own period. Samples
 * that come in bursts have the period of the bursts.
 */
export class Pace {
  #usual: number | undefined;

  /** A longer interval is much longer than usual, in seconds. */
  get limit(): number {
    return this.#usual === undefined ? Infinity : Math.max(MIN_PAUSE, UNUSUAL * this.#usual);
  }

  /** Takes the interval before a sample, in seconds. Returns true if it is much longer than usual. */
  isPause(interval: number): boolean {
    if (!(interval >= 0)) return false;
    const usual = this.#usual;
    if (usual === undefined) {
      this.#usual = interval;
      return false;
    }
    if (interval > this.limit && usual > 0) {
      this.#usual = usual * GROWTH;
      return true;
    }
    const kept = usual > 0 ? usual * 2 ** (-interval / (MEMORY * usual)) : 0;
    this.#usual = Math.max(interval, kept);
    return false;
  }
}
