/** Over how long a rate is measured: long enough for a device at 1 Hz, short enough to see a change. */
export const SPAN_MS = 5_000;

/** The number of the next sample, as it stood at a time. */
interface Reading {
  /** In milliseconds. */
  time: number;
  epoch: string;
  sequence: number;
}

/** How many samples a second each device yields, measured by the numbers of its samples: those count from the source. */
export class Rates {
  readonly #readings = new Map<string, Reading[]>();

  /** Takes down where a device stands. */
  note(deviceId: string, reading: Reading): void {
    // What is older than the last look by far is from before somebody looked elsewhere.
    const isOf = ({ epoch, time }: Reading) => epoch === reading.epoch && time > reading.time - 2 * SPAN_MS;
    const kept = [...(this.#readings.get(deviceId) ?? []).filter(isOf), reading];
    while (kept.length > 2 && kept[1].time <= reading.time - SPAN_MS) kept.shift();
    this.#readings.set(deviceId, kept);
  }

  /** In Hz; `undefined` until the device was noted twice. */
  rate(deviceId: string): number | undefined {
    const readings = this.#readings.get(deviceId) ?? [];
    const [first, last] = [readings[0], readings.at(-1)];
    if (!first || !last || last.time <= first.time) return undefined;
    return (last.sequence - first.sequence) * 1000 / (last.time - first.time);
  }

  /** Forgets the devices that are not among these. */
  keep(deviceIds: string[]): void {
    for (const id of this.#readings.keys()) {
      if (!deviceIds.includes(id)) this.#readings.delete(id);
    }
  }
}
