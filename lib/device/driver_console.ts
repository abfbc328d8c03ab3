import { getLogger } from "@logtape/logtape";
import { shortened } from "../errors.ts";
import type { ConsoleLevel } from "../host/console_line.ts";
import { plainLine } from "../format/plain_line.ts";

/** More lines a second than this nobody reads. */
const MOST_LINES = 20;

/** No line is longer than this, in characters. */
const LONGEST_LINE = 2_000;

const logger = getLogger(["labdaemon", "console"]);

/**
 * What a driver writes to its console, on its way to the log, under its device's name. A driver that writes without end
 * must not fill the log: of each second, the first lines pass, and how many did not is said in one.
 */
export class DriverConsole {
  readonly #id: string;
  #second = -Infinity;
  #lines = 0;

  constructor(id: string) {
    this.#id = id;
  }

  print(line: string, level: ConsoleLevel = "info"): void {
    const now = performance.now();
    if (now - this.#second >= 1000) {
      this.flush();
      this.#second = now;
      this.#lines = 0;
    }
    if (++this.#lines <= MOST_LINES) this.#log(line, level);
  }

  /** Says what was left out. */
  flush(): void {
    if (this.#lines > MOST_LINES) this.#log(`… and ${this.#lines - MOST_LINES} more lines within a second`, "info");
    this.#lines = 0;
  }

  #log(line: string, level: ConsoleLevel): void {
    const text = shortened(plainLine(line), LONGEST_LINE);
    logger[level]("{device_id}: {line}", { device_id: this.#id, line: text });
  }
}
