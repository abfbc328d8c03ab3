import { deadline } from "../../async/deadline.ts";

/** What may wait for whoever reads, in characters: some thousand lines. */
const MOST_WAITING = 512 * 1024;

/** Standard output or standard error. Each writes the beginning of the bytes, and says how many. */
export interface Output {
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
}

/**
 * Lines on their way to a terminal, a file or a pipe. They leave at once and in order; but whoever reads them and stops, as
 * a terminal does at Ctrl-S, must not stop the daemon: lines then wait, and when too many do, they are dropped and counted.
 */
export class Printer {
  readonly #out: Output;
  readonly #isFile: boolean;
  readonly #tellDropped: (count: number) => void;
  readonly #encoder = new TextEncoder();
  #waiting = "";
  #dropped = 0;
  #flight: Promise<void> | undefined;

  /**
   * @param tellDropped Told how many were dropped, as soon as somebody reads again; it may print that.
   * @param options With `isFile`, a line is out when {@linkcode print} returns: nobody can stop a file, and what happened
   * before a kill -9 is in it.
   */
  constructor(out: Output, tellDropped: (count: number) => void, { isFile = false } = {}) {
    this.#out = out;
    this.#tellDropped = tellDropped;
    this.#isFile = isFile;
  }

  /** Prints a line, or several, ended by a line end. */
  print(text: string): void {
    if (this.#isFile) return this.#printNow(text);
    // Once some are missing, all are until that is told: the place of the hole is then true.
    if (this.#dropped || this.#waiting.length + text.length > MOST_WAITING) this.#dropped++;
    else this.#waiting += text;
    this.#flight ??= this.#fly().finally(() => this.#flight = undefined);
  }

  /** Resolves when all is out, or after `limit` ms. */
  async flush(limit: number): Promise<void> {
    await deadline(this.#flight ?? Promise.resolve(), limit).catch(() => {});
  }

  #printNow(text: string): void {
    try {
      for (let rest = this.#encoder.encode(text); rest.length;) rest = rest.subarray(this.#out.writeSync(rest));
    } catch {
      // The disk is full, say. The bench goes on.
    }
  }

  async #fly(): Promise<void> {
    try {
      while (this.#waiting) {
        let rest = this.#encoder.encode(this.#waiting);
        this.#waiting = "";
        while (rest.length) rest = rest.subarray(await this.#out.write(rest));
        if (!this.#waiting) this.#tell();
      }
    } catch {
      // Who reads has gone. The bench goes on.
      this.#waiting = "";
    }
  }

  #tell(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped) this.#tellDropped(dropped);
  }
}
