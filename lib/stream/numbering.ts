/** The additions of one device id, from the oldest to the newest. */
interface History {
  readonly ordinal: number;
  /** The number of each addition on the bench, and the sequence number that the device began with. */
  readonly starts: { addition: number; sequence: number }[];
  /** The next sequence number of the removed device; `undefined` while it is there. */
  end?: number;
}

/** The number of remembered additions of one device; older additions count as one. */
const MAX_STARTS = 100;

/**
 * The numbering of a bench's devices within one epoch. The sequence numbers of a removed device go on when it is added again,
 * and a reader that was away learns what it has missed of devices that came and went.
 */
export class Numbering {
  readonly epoch: string;
  /** The number of devices that have been added, those that were removed included. */
  additions = 0;
  /** True once a device was removed. */
  hasRemovals = false;
  readonly #histories = new Map<string, History>();
  readonly #ids = new Map<number, string>();

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  /** Adds a device. Returns its first sequence number. */
  add(deviceId: string): number {
    const history = this.#historyOf(deviceId);
    const { starts, end: sequence = 0 } = history;
    starts.push({ addition: ++this.additions, sequence });
    if (starts.length > MAX_STARTS) starts.splice(0, 2, { ...starts[1], sequence: starts[0].sequence });
    history.end = undefined;
    return sequence;
  }

  /** Removes a device. `next` is the sequence number of the sample that it would have given next. */
  remove(deviceId: string, next: number): void {
    this.hasRemovals = true;
    const history = this.#historyOf(deviceId);
    history.end = next;
    // Without samples, no reader has a place in it.
    if (next > 0) return;
    this.#histories.delete(deviceId);
    this.#ids.delete(history.ordinal);
  }

  /** A number for a device id, which no other id of this epoch gets. */
  ordinalOf(deviceId: string): number {
    return this.#historyOf(deviceId).ordinal;
  }

  /** The device id with this ordinal; `undefined` if there is none. */
  idOf(ordinal: number): string | undefined {
    return this.#ids.get(ordinal);
  }

  /** The sequence number with which a device began after so many additions to the bench; `undefined` if it did not. */
  startAfter(deviceId: string, additions: number): number | undefined {
    return this.#histories.get(deviceId)?.starts.find(({ addition }) => addition > additions)?.sequence;
  }

  /** The ids of removed devices that had samples, and the number behind the last sample of each. */
  *removed(): Generator<[deviceId: string, end: number]> {
    for (const [deviceId, { end }] of this.#histories) if (end !== undefined) yield [deviceId, end];
  }

  #historyOf(deviceId: string): History {
    let history = this.#histories.get(deviceId);
    if (!history) {
      history = { ordinal: this.#nextOrdinal++, starts: [] };
      this.#histories.set(deviceId, history);
      this.#ids.set(history.ordinal, deviceId);
    }
    return history;
  }

  #nextOrdinal = 0;
}

/** A new epoch: 50 random bits in base 32, because a time may repeat after the clock was set back. */
export function newEpoch(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte % 32).toString(32)).join("");
}
