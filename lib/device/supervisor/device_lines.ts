/**
 * The newest lines about one device: the output of its driver, and its changes of state. Their number is bounded, and
 * they last as long as the device.
 *
 * @module
 */
import { timestamp } from "../../async/clock.ts";
import type { DeviceLine } from "../../wire/requests.ts";

/** The lines that a device keeps. */
const MAX_LINES = 500;

/** The size of all kept lines together, in characters. */
const MAX_CHARS = 200_000;

/** The lines of one device, numbered from 0. */
export class DeviceLines {
  #lines: DeviceLine[] = [];
  #chars = 0;
  #next = 0;

  /** The number of the next line. */
  get next(): number {
    return this.#next;
  }

  /** Adds a line; the oldest make room for it. */
  add(line: Pick<DeviceLine, "level" | "from" | "text">): void {
    this.#lines.push({ number: this.#next++, timestamp: timestamp(), ...line });
    this.#chars += line.text.length;
    let over = 0;
    while (this.#lines.length - over > MAX_LINES || this.#chars > MAX_CHARS) {
      this.#chars -= this.#lines[over++].text.length;
    }
    if (over > 0) this.#lines.splice(0, over);
  }

  /** The kept lines from a number on. */
  since(first: number): DeviceLine[] {
    return this.#lines.filter(({ number }) => number >= first);
  }
}
