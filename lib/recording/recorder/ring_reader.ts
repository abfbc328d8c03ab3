import { statfsSync } from "node:fs";
import { ASLEEP_AT, BASE_AT, counterOf, HEAD_AT, RingFile, TAIL_AT } from "../protocol/ring_file.ts";

/** Linux's number of a filesystem in memory: no write to it waits for a disk. */
const TMPFS = 0x01021994;

/** The bytes of one read. */
const READ_BYTES = 256 * 1024;

/** The time between two looks at the ring, and the number of looks in vain after which the reader sleeps. */
const LOOK_MS = 10;
const MAX_EMPTY_LOOKS = 12;

/** A sleeping reader looks at this interval, even if not woken. */
const SLEEP_MS = 200;

/** The recorder's end of its ring. */
export class RingReader {
  readonly path: string;
  readonly #ring: RingFile;

  private constructor(path: string, ring: RingFile) {
    this.path = path;
    this.#ring = ring;
  }

  /**
   * Makes a ring.
   *
   * @throws the error that prevents it.
   */
  static make(path: string): RingReader {
    return new RingReader(path, RingFile.make(path));
  }

  /** Makes a ring at the first path that is in memory; `undefined` if there is none. */
  static makeInMemory(paths: readonly string[]): RingReader | undefined {
    for (const path of paths) {
      try {
        const ring = RingReader.make(path);
        if (statfsSync(path).type === TMPFS) return ring;
        ring.close();
      } catch {
        // There is no such folder, or it may not be written, or is full.
      }
    }
  }

  /** The written bytes, until the end of the pipe, whose bytes only wake the reader. */
  async *bytes(pipe: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    let isOver = false;
    let wake = () => {};
    const ended = (async () => {
      for await (const _ of pipe) wake();
      isOver = true;
      wake();
    })();
    let tail = 0;
    for (let empty = 0;;) {
      // Read before the head: bytes that were written before the pipe ended are then in the ring.
      const wasOver = isOver;
      const head = counterOf(this.#ring.numbers(HEAD_AT, 2));
      // Read after the head: the base does not change while bytes up to the head are unread.
      const base = counterOf(this.#ring.numbers(BASE_AT, 2));
      if (head !== undefined && base !== undefined && head > tail) {
        const bytes = new Uint8Array(Math.min(READ_BYTES, head - tail));
        this.#ring.read(tail - base, bytes);
        tail += bytes.length;
        this.#ring.setNumbers(TAIL_AT, tail, -tail);
        if (empty >= MAX_EMPTY_LOOKS) this.#ring.setNumbers(ASLEEP_AT, 0);
        empty = 0;
        yield bytes;
        continue;
      }
      if (wasOver) break;
      empty++;
      // Looks once more after it set the mark: the daemon may have written before it saw the mark.
      if (empty === MAX_EMPTY_LOOKS) this.#ring.setNumbers(ASLEEP_AT, 1);
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, empty > MAX_EMPTY_LOOKS ? SLEEP_MS : LOOK_MS);
        wake = resolve;
        await promise;
        clearTimeout(timer);
      }
    }
    await ended;
  }

  close(): void {
    this.#ring.close();
    try {
      Deno.removeSync(this.path);
    } catch {
      // The daemon has removed its name.
    }
  }
}
