import type { Device } from "../../lib/device/device.ts";
import { type Cursor, decodeFrames } from "../../lib/stream/mod.ts";
import type { EventFields } from "./event_fields.ts";
import { within } from "./until.ts";

/** Real time, also while a test controls the clock. */
const { setImmediate } = globalThis;

/** Records every event of a device's log, without the stream demand of a reader. */
export class Watch implements Disposable {
  readonly #events: EventFields[] = [];
  readonly #cursor: Cursor;
  readonly #unsubscribe: () => void;
  #wake = () => {};
  /** The index after the last event that the test has read. */
  #seen = 0;

  constructor({ log }: Device) {
    this.#cursor = log.cursor();
    this.#unsubscribe = log.subscribe(() => this.#wake());
  }

  /** Every event so far. */
  get events(): readonly EventFields[] {
    // The log notifies its readers with a delay: read what is there.
    for (let bytes = this.#cursor.take(); bytes; bytes = this.#cursor.take()) this.#events.push(...decodeFrames(bytes));
    return this.#events;
  }

  /** The names of all states so far, the first one included. */
  get states(): unknown[] {
    return this.events.filter(({ event }) => event === "device_state").map(({ state }) => state);
  }

  /** The payloads of all samples so far. */
  get samples(): unknown[] {
    return this.events.filter(({ event }) => event === "device_data").map(({ payload }) => payload);
  }

  /** The numbers of all samples so far. */
  get sequences(): number[] {
    return this.events.filter(({ event }) => event === "device_data").map(({ sequence }) => sequence!);
  }

  /** A summary in order: the names of states, `error`, `gap`, and each run of samples as one `data`. */
  get story(): string {
    const names = this.events.map(({ event, state }) => event === "device_state" ? String(state) : event.slice(-5));
    return names.map((name) => name === "_data" ? "data" : name)
      .filter((name, i, all) => name !== "data" || all[i - 1] !== "data").join(" ");
  }

  /** The next event that satisfies a predicate. */
  next(matches: (event: EventFields) => boolean): Promise<EventFields> {
    return within(this.#next(matches), () => `the event never came; received: ${this.story}`);
  }

  async #next(matches: (event: EventFields) => boolean): Promise<EventFields> {
    for (;;) {
      while (this.#seen < this.events.length) {
        const event = this.events[this.#seen++];
        if (matches(event)) return event;
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** The next change to this state. */
  state(name: string): Promise<EventFields> {
    return this.next(({ event, state }) => event === "device_state" && state === name);
  }

  /** The next sample. */
  sample(): Promise<EventFields> {
    return this.next(({ event }) => event === "device_data");
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }
}

/** Resolves after everything that waits for no timer and no other process. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
