import { getLogger } from "@logtape/logtape";
import { shortened } from "../../errors.ts";
import type { ConsoleLevel } from "../../host/console_line.ts";
import type { HostEvents } from "../../host/host.ts";
import type { DeviceLines } from "./device_lines.ts";
import { plainLine } from "../../format/plain_line.ts";

/** The lines of one second that are logged. */
const MAX_LINES = 20;

/** The length of a line, in characters. */
const MAX_LINE_LENGTH = 2_000;

const logger = getLogger(["labdaemon", "console"]);

/**
 * Logs a driver's console output, under its device's id. A driver that writes without end must not fill the log: of
 * each second, the first lines are logged, and one line counts the others.
 */
export class DriverConsole {
  readonly #id: string;
  readonly #lines: DeviceLines | undefined;
  #second = -Infinity;
  #count = 0;
  /** Bytes that were not read as lines. */
  #droppedBytes = 0;

  /** @param lines Gets each line that is logged, too. */
  constructor(id: string, lines?: DeviceLines) {
    this.#id = id;
    this.#lines = lines;
  }

  print(line: string, level: ConsoleLevel = "info"): void {
    const now = performance.now();
    if (now - this.#second >= 1000) {
      this.flush();
      this.#second = now;
      this.#count = 0;
    }
    if (++this.#count <= MAX_LINES) this.#log(line, level);
  }

  /** Counts output of which there was too much to be read. */
  drop(lines: number, bytes: number): void {
    this.#count += lines;
    this.#droppedBytes += bytes;
  }

  /** Logs how many lines were left out. */
  flush(): void {
    const bytes = this.#droppedBytes;
    const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
    const unread = bytes > 0 ? `, ${size} of them unread` : "";
    const lines = Math.max(0, this.#count - MAX_LINES);
    if (lines > 0 || bytes > 0) this.#log(`… and ${lines} more lines within a second${unread}`, "info");
    this.#count = this.#droppedBytes = 0;
  }

  #log(line: string, level: ConsoleLevel): void {
    const text = shortened(plainLine(line), MAX_LINE_LENGTH);
    this.#lines?.add({ level, from: "driver", text });
    logger[level]("{device_id}: {line}", { device_id: this.#id, line: text });
  }
}

/** The log of the lines that a process of several devices prints outside of them. */
export function consoleOf(name: string): Pick<HostEvents, "print" | "dropped"> {
  const console = new DriverConsole(name);
  return {
    print: (line, level) => console.print(line, level),
    dropped: (lines, bytes) => console.drop(lines, bytes),
  };
}
