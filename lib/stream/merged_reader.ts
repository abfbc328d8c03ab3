import { concat } from "../format/concat.ts";
import type { Numbering } from "./numbering.ts";
import { Places } from "./positions.ts";
import type { Reader } from "./reader.ts";
import type { Entry } from "./ring.ts";

const encoder = new TextEncoder();

/** A chunk is complete at this size, in bytes. */
const MIN_CHUNK_BYTES = 64 * 1024;

/** The time after which a chunk is complete, at any size. */
const MAX_CHUNK_MS = 1;

const NEWLINE = 10;

/**
 * Several devices on one stream, each in order. The id of every event is the place in all of them, so that a reader
 * resumes each device where it was.
 */
export class MergedReader implements Pick<Reader, "take" | "subscribe"> {
  readonly #readers = new Map<string, { reader: Reader; unsubscribe: () => void; isLeaving: boolean }>();
  readonly #places: Places;
  /** The devices whose turn is next: they take turns, so that a fast device does not delay the others. */
  #turns: string[] = [];
  #wake = () => {};

  constructor(numbering: Numbering) {
    this.#places = new Places(numbering);
  }

  /** The last sequence number of a device that has been read, until all of a removed device was. */
  placeOf(deviceId: string): number | undefined {
    return this.#places.get(deviceId);
  }

  /** Adds a device, from the reader's place on. Unread entries of a removed device of this id are dropped. */
  add(deviceId: string, reader: Reader): void {
    this.#drop(deviceId);
    this.#places.set(deviceId, reader.sequence - 1);
    const unsubscribe = reader.subscribe(() => this.#wake());
    this.#readers.set(deviceId, { reader, unsubscribe, isLeaving: false });
    this.#turns.push(deviceId);
    this.#wake();
  }

  /** Removes a device, and its place in the ids, once all its entries have been read. */
  remove(deviceId: string): void {
    const leaving = this.#readers.get(deviceId);
    if (!leaving) return;
    leaving.isLeaving = true;
    this.#wake();
  }

  #drop(deviceId: string): void {
    this.#readers.get(deviceId)?.unsubscribe();
    this.#readers.delete(deviceId);
    this.#places.delete(deviceId);
    this.#turns = this.#turns.filter((id) => id !== deviceId);
  }

  /** An entry of each device in turn, until the chunk is complete. */
  take(): Uint8Array | undefined {
    const parts: Uint8Array[] = [];
    const begun = performance.now();
    const isComplete = () => size >= MIN_CHUNK_BYTES || performance.now() - begun > MAX_CHUNK_MS;
    let size = 0;
    for (let part = this.#next(); part; part = isComplete() ? undefined : this.#next()) {
      parts.push(part);
      size += part.length;
    }
    return parts.length > 1 ? concat(parts) : parts[0];
  }

  subscribe(wake: () => void): () => void {
    this.#wake = wake;
    return () => {
      for (const { unsubscribe } of this.#readers.values()) unsubscribe();
      this.#readers.clear();
    };
  }

  #next(): Uint8Array | undefined {
    for (let tries = this.#readers.size; tries > 0; tries--) {
      if (!this.#turns.length) this.#turns = [...this.#readers.keys()];
      const deviceId = this.#turns.shift()!;
      const { reader, isLeaving } = this.#readers.get(deviceId)!;
      const entry = reader.next();
      if (entry) return this.#label(deviceId, entry);
      if (isLeaving) this.#drop(deviceId);
    }
    return undefined;
  }

  /** The entry's frames, each with an id for the place in all devices' streams. */
  #label(deviceId: string, { first, next, bytes, ends }: Entry): Uint8Array {
    const idAt = this.#places.idsOf(deviceId);
    const label = (sequence: number) => encoder.encode(`id: ${idAt(sequence)}\n`);
    this.#places.set(deviceId, next - 1);

    const parts: Uint8Array[] = [];
    if (!ends) parts.push(label(next - 1), withoutId(bytes));
    else ends.forEach((end, i) => parts.push(label(first + i), withoutId(bytes.subarray(ends[i - 1] ?? 0, end))));
    return concat(parts);
  }
}

const [I, D, COLON] = encoder.encode("id:");

function withoutId(frame: Uint8Array): Uint8Array {
  return frame[0] === I && frame[1] === D && frame[2] === COLON ? frame.subarray(frame.indexOf(NEWLINE) + 1) : frame;
}
