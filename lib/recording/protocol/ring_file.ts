import { mapFile, type MappedFile } from "./mapped_file.ts";

/** The bytes that a ring holds. */
export const RING_BYTES = 8 * 1024 * 1024;

/** The place of the counter of written bytes, in front of the bytes. */
export const HEAD_AT = 0;
/** The place of the mark that the reader sleeps. */
export const ASLEEP_AT = 16;
/** The place of the counter of read bytes. */
export const TAIL_AT = 24;

/** The place of the count of the first byte in the buffer. It changes only when all written bytes are read. */
export const BASE_AT = 40;
const FRONT_BYTES = 56;

/**
 * A file in memory through which the daemon's bytes reach its recorder. The daemon writes, the recorder reads. A write
 * is one copy into existing pages; a pipe allocates new ones, and takes 64 KiB at a time. A mapped file needs no system
 * call, which is five times as fast. Counters only grow. Each is stored twice, the second time negated, to detect a
 * half-written one.
 */
export class RingFile {
  readonly #file: Deno.FsFile;
  /** The mapped file, with its counters and its bytes. */
  #mapped: { file: MappedFile; front: Float64Array; bytes: Uint8Array } | undefined;

  constructor(file: Deno.FsFile, mapped?: MappedFile) {
    this.#file = file;
    if (!mapped) return;
    const { buffer } = mapped;
    const front = new Float64Array(buffer, 0, FRONT_BYTES / Float64Array.BYTES_PER_ELEMENT);
    this.#mapped = { file: mapped, front, bytes: new Uint8Array(buffer, FRONT_BYTES, RING_BYTES) };
  }

  /** Makes one. @throws if there is no room, or the path is taken. */
  static make(path: string): RingFile {
    const ring = new RingFile(Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 }));
    try {
      // Allocates all pages: later writes could not report a full memory.
      ring.#writeAll(new Uint8Array(FRONT_BYTES + RING_BYTES));
    } catch (error) {
      ring.close();
      Deno.removeSync(path);
      throw error;
    }
    return ring;
  }

  /** Opens the one of another process. */
  static open(path: string): RingFile {
    const file = Deno.openSync(path, { read: true, write: true });
    return new RingFile(file, mapFile(path, FRONT_BYTES + RING_BYTES));
  }

  /** The numbers in front, from a place on. */
  numbers(at: number, count: number): Float64Array {
    const start = at / Float64Array.BYTES_PER_ELEMENT;
    if (this.#mapped) return this.#mapped.front.slice(start, start + count);
    const found = new Float64Array(count);
    this.#file.seekSync(at, Deno.SeekMode.Start);
    this.#readAll(new Uint8Array(found.buffer));
    return found;
  }

  setNumbers(at: number, ...values: number[]): void {
    if (this.#mapped) return this.#mapped.front.set(values, at / Float64Array.BYTES_PER_ELEMENT);
    this.#file.seekSync(at, Deno.SeekMode.Start);
    this.#writeAll(new Uint8Array(Float64Array.from(values).buffer));
  }

  /** Writes a counter, as {@linkcode counterOf} reads it. */
  setPair(at: number, value: number): void {
    this.setNumbers(at, value, -value);
  }

  /** Writes bytes behind the first `place` ones. */
  write(place: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = (place + done) % RING_BYTES;
      const part = bytes.subarray(done, done + RING_BYTES - at);
      if (this.#mapped) this.#mapped.bytes.set(part, at);
      else {
        this.#file.seekSync(FRONT_BYTES + at, Deno.SeekMode.Start);
        this.#writeAll(part);
      }
      done += part.length;
    }
  }

  /** Reads bytes from behind the first `place` ones. */
  read(place: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = (place + done) % RING_BYTES;
      const part = bytes.subarray(done, done + RING_BYTES - at);
      this.#file.seekSync(FRONT_BYTES + at, Deno.SeekMode.Start);
      this.#readAll(part);
      done += part.length;
    }
  }

  close(): void {
    this.#file.close();
    this.#mapped?.file.unmap();
    this.#mapped = undefined;
  }

  #writeAll(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(this.#file.writeSync(rest));
  }

  #readAll(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0;) {
      const read = this.#file.readSync(rest);
      if (read === null) throw new Error("The ring of the recorder is cut off");
      rest = rest.subarray(read);
    }
  }
}

/** A counter that was written as a pair; `undefined` while it changes. */
export function counterOf([value, negative]: Iterable<number>): number | undefined {
  return value === -negative ? value : undefined;
}
