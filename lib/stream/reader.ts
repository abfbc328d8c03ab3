import type { Entry } from "./ring.ts";

/** One reader's view of one device: its entries one by one, or as bytes. */
export interface Reader {
  /** The sequence number of the sample that comes next, unless it is lost. */
  readonly sequence: number;
  /** The next entry, or `undefined` if there is nothing new. */
  next(): Entry | undefined;
  /** The next entries as bytes: one or several, or `undefined` if there is nothing new. */
  take(): Uint8Array | undefined;
  /**
   * Calls `wake` when there may be something new, until the returned function is called.
   *
   * @param wake Gets the time, by `performance.now()`, where it is known.
   */
  subscribe(wake: (now?: number) => void): () => void;
}

/** A reader that gets an event of its own behind its first entry, which is the device's state. */
export class NoticedReader implements Reader {
  readonly #reader: Reader;
  #notice: Uint8Array | undefined;
  #hasBegun = false;

  constructor(reader: Reader, notice: Uint8Array) {
    this.#reader = reader;
    this.#notice = notice;
  }

  get sequence(): number {
    return this.#reader.sequence;
  }

  next(): Entry | undefined {
    const bytes = this.#take();
    if (bytes) return { first: this.sequence, next: this.sequence, bytes, ends: null };
    const entry = this.#reader.next();
    this.#hasBegun ||= entry !== undefined;
    return entry;
  }

  take(): Uint8Array | undefined {
    const bytes = this.#take() ?? this.#reader.take();
    this.#hasBegun ||= bytes !== undefined;
    return bytes;
  }

  subscribe(wake: () => void): () => void {
    return this.#reader.subscribe(wake);
  }

  #take(): Uint8Array | undefined {
    if (!this.#hasBegun) return undefined;
    const bytes = this.#notice;
    this.#notice = undefined;
    return bytes;
  }
}

/** A reader without the samples and their gaps: it reads the state, properties, progress and other events. */
export class SamplelessReader implements Reader {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  get sequence(): number {
    return this.#reader.sequence;
  }

  next(): Entry | undefined {
    let entry = this.#reader.next();
    // Samples and gaps cover numbers, other events do not.
    while (entry && entry.next > entry.first) entry = this.#reader.next();
    return entry;
  }

  take(): Uint8Array | undefined {
    return this.next()?.bytes;
  }

  subscribe(wake: () => void): () => void {
    return this.#reader.subscribe(wake);
  }
}
