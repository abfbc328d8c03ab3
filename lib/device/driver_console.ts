import { printable } from "../errors.ts";

/** More lines a second than this nobody reads. */
const MOST_LINES = 20;

/**
 * What a driver writes to its console, on its way to the log. A driver that writes without end must not fill the log: of
 * each second, the first lines pass, and how many did not is said in one.
 */
export class DriverConsole {
  readonly #log: (line: string) => void;
  #second = -Infinity;
  #lines = 0;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  print(line: string): void {
    const now = performance.now();
    if (now - this.#second >= 1000) {
      this.flush();
      this.#second = now;
      this.#lines = 0;
    }
    if (++this.#lines <= MOST_LINES) this.#log(printable(line));
  }

  /** Says what was left out. */
  flush(): void {
    if (this.#lines > MOST_LINES) this.#log(`… and ${this.#lines - MOST_LINES} more lines within a second`);
    this.#lines = 0;
  }
}
