import { deadline } from "../../async/deadline.ts";
import { writeAll } from "../../async/write_all.ts";
import { concat } from "../../format/concat.ts";

/** The bytes that may wait for the output, those of the current write included: some thousand lines. */
export const MAX_WAITING_BYTES = 512 * 1024;

/** Standard output or standard error. */
export interface OutputStream {
  /** Writes the first bytes without blocking the event loop. Resolves to their number. */
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * Lines for a terminal, a file or a pipe, in order. {@linkcode print} never waits for the output: a terminal after Ctrl-S,
 * a full disk and a share that hangs do not stop the daemon. Each line is handed to the operating system at once, or, while
 * a write is in progress, right after it; so a process that is killed leaves its last lines. Lines wait up to
 * {@linkcode MAX_WAITING_BYTES}; further ones are dropped and counted.
 */
export class Printer {
  readonly #out: OutputStream;
  readonly #onDropped: (count: number) => void;
  readonly #encoder = new TextEncoder();
  /** The lines that wait for the current write. */
  #waiting: Uint8Array[] = [];
  /** The bytes of the waiting lines and of the current write. */
  #bytes = 0;
  #dropped = 0;
  /**
   * The number of dropped lines in the report that waits. If the report cannot be written, they count as dropped again.
   */
  #reported = 0;
  #writing: Promise<void> | undefined;

  /**
   * @param onDropped Called with the number of dropped lines when the output is free again; it may print. Lines are dropped
   * while too many wait, and when a write fails.
   */
  constructor(out: OutputStream, onDropped: (count: number) => void) {
    this.#out = out;
    this.#onDropped = onDropped;
  }

  /** Prints a line, or several, ended by a line end. */
  print(text: string): void {
    // After a failed write, the report takes the place of the dropped lines.
    if (!this.#writing) this.#reportDropped();
    const line = this.#encoder.encode(text);
    // After a dropped line, all further ones are dropped until the report, which takes their place.
    if (this.#dropped || this.#bytes + line.length > MAX_WAITING_BYTES) this.#dropped++;
    else {
      this.#waiting.push(line);
      this.#bytes += line.length;
    }
    this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
  }

  /** Resolves when all is written, or after `limitMs`. */
  async flush(limitMs: number): Promise<void> {
    await deadline(this.#writing ?? Promise.resolve(), limitMs).catch(() => {});
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length) {
      const lines = this.#waiting;
      const reported = this.#reported;
      this.#waiting = [];
      this.#reported = 0;
      try {
        await writeAll(this.#out, concat(lines));
      } catch {
        // The disk is full, or the reader has closed the pipe. The daemon continues.
        this.#dropped += lines.length + this.#waiting.length + reported;
        this.#waiting = [];
        this.#bytes = 0;
        return;
      }
      this.#bytes = this.#waiting.reduce((sum, { length }) => sum + length, 0);
      if (!this.#waiting.length) this.#reportDropped();
    }
  }

  #reportDropped(): void {
    if (!this.#dropped) return;
    this.#reported = this.#dropped;
    this.#dropped = 0;
    this.#onDropped(this.#reported);
  }
}
