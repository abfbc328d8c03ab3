import { type Cursor, events, type StreamLog } from "../stream/mod.ts";
import { decodeArrays } from "../wire/packed_array.ts";
import type { DeviceDataEvent, StreamEvent } from "../wire/events.ts";

/** The readers of one device in this process. */
export class LocalReaders {
  readonly #log: StreamLog;
  readonly #readers = new Set<LocalReader>();

  constructor(log: StreamLog) {
    this.#log = log;
  }

  /** Adds a reader behind `cursor`, until it is disposed. */
  add(cursor: Cursor): LocalReader {
    const reader: LocalReader = new LocalReader(cursor, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }

  /** Takes a sample of a driver that runs in this process, before its block reaches the log. */
  sample(sequence: number, payload: unknown): void {
    for (const reader of this.#readers) reader.keep(sequence, payload, this.#log.oldest);
  }
}

/**
 * Reads a device's events in this process, with each sample as its driver yielded it: the same value if the driver runs
 * in this process, else decoded JSON with typed arrays. Samples from before the reader was added are decoded JSON, too.
 */
export class LocalReader implements Disposable {
  readonly #cursor: Cursor;
  readonly #remove: () => void;
  /** The payloads that this reader has not read yet, by sequence number. */
  readonly #payloads = new Map<number, unknown>();

  constructor(cursor: Cursor, remove: () => void) {
    this.#cursor = cursor;
    this.#remove = remove;
  }

  /** Keeps a payload until it is read, or until the ring has dropped it: the reader then gets a gap instead. */
  keep(sequence: number, payload: unknown, oldest: number): void {
    this.#payloads.set(sequence, payload);
    for (const kept of this.#payloads.keys()) {
      if (kept >= oldest) break;
      this.#payloads.delete(kept);
    }
  }

  /** The events until the signal aborts. A reader that the ring overtakes gets a `gap`. */
  async *events(signal: AbortSignal): AsyncGenerator<StreamEvent, void, undefined> {
    for await (const event of events(this.#cursor, signal)) {
      if (event.event === "device_data") event.payload = this.#payloadOf(event);
      yield event;
    }
  }

  #payloadOf({ sequence, payload }: DeviceDataEvent): unknown {
    if (!this.#payloads.has(sequence)) return decodeArrays(payload);
    const kept = this.#payloads.get(sequence);
    this.#payloads.delete(sequence);
    return kept;
  }

  [Symbol.dispose](): void {
    this.#remove();
  }
}
