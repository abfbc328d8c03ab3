import type { Device } from "../../lib/device/device.ts";
import { type Cursor, decodeFrames } from "../../lib/stream/mod.ts";
import type { EventFields } from "./event_fields.ts";

/** Real time, also while a test turns the clock by hand. */
const { setTimeout, clearTimeout, setImmediate } = globalThis;

/** Nothing that a test waits for takes so long; an event that never comes then says what came instead. */
const PATIENCE_MS = 20_000;

/**
 * Sees everything that a device tells, from the moment of watching on, without being a reader that it would stream for.
 */
export class Watch implements Disposable {
  readonly #events: EventFields[] = [];
  readonly #cursor: Cursor;
  readonly #unsubscribe: () => void;
  #wake = () => {};
  /** The place behind the last event that a test has waited for. */
  #seen = 0;

  constructor({ log }: Device) {
    this.#cursor = log.cursor();
    this.#unsubscribe = log.subscribe(() => this.#wake());
  }

  /** Every event so far. */
  get events(): readonly EventFields[] {
    // Looks by itself: a log lets its readers wait a little before it wakes them.
    for (let bytes = this.#cursor.take(); bytes; bytes = this.#cursor.take()) this.#events.push(...decodeFrames(bytes));
    return this.#events;
  }

  /** The names of all states so far, the first being the one it was in. */
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

  /** What happened, in order: the names of states, `error`, `gap`, and samples as `data`, each run of them once. */
  get story(): string {
    const names = this.events.map(({ event, state }) => event === "device_state" ? String(state) : event.slice(-5));
    return names.map((name) => name === "_data" ? "data" : name)
      .filter((name, i, all) => name !== "data" || all[i - 1] !== "data").join(" ");
  }

  /** The next event, behind the last one waited for, that is so. */
  async next(isIt: (event: EventFields) => boolean): Promise<EventFields> {
    let timer!: ReturnType<typeof setTimeout>;
    const impatience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it never came; what came: ${this.story}`)), PATIENCE_MS);
    });
    try {
      for (;;) {
        while (this.#seen < this.events.length) {
          const event = this.events[this.#seen++];
          if (isIt(event)) return event;
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await Promise.race([promise, impatience]);
      }
    } finally {
      clearTimeout(timer);
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

/** Lets everything happen that waits for no timer and no other process. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
