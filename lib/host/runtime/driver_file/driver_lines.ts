import type { Driver } from "../../../driver/contract.ts";
import type { KeptSources } from "../../protocol/protocol.ts";

/** The lines of a driver's file that a message may name: `my_laser.ts:12`. */
export interface DriverLines {
  /** Where the schema of a sample is declared. */
  sample?: string;
  /** Where the permissions are declared. */
  permissions?: string;
  /** The line that paces the samples: a call of `every`, or the beginning of the function that gives them. */
  pace?: string;
}

const known = new WeakMap<Driver, DriverLines>();

/** The lines of a driver; empty for one that is in no file. */
export function linesOf(driver: Driver): DriverLines {
  return known.get(driver) ?? {};
}

/** Keeps the lines of a driver that was loaded from a file. */
export function keepLines(driver: Driver, text: DriverText): void {
  known.set(driver, {
    sample: text.lineOf(/^\s*sample\s*[:,]/),
    permissions: text.lineOf(/^\s*permissions\s*[:(,]/),
    pace: text.lineOf(/\bevery\s*\(/) ?? text.lineOf(/^\s*(?:async\s*)?\*?\s*(?:stream|read|startStreaming)\s*[:(]/),
  });
}

/** The text of a driver's file, for finding lines in it. */
export class DriverText {
  readonly #name: string;
  readonly #lines: string[];

  constructor(name: string, text: string) {
    this.#name = name;
    this.#lines = text.split("\n");
  }

  /** Reads a driver's file, or its kept text. Empty for a file that cannot be read. */
  static read(file: string, kept?: KeptSources): DriverText {
    const name = decodeURIComponent(file.slice(file.lastIndexOf("/") + 1));
    try {
      return new DriverText(name, kept?.texts[file] ?? Deno.readTextFileSync(new URL(file)));
    } catch {
      return new DriverText(name, "");
    }
  }

  /** The first line that matches and is no comment, as `my_laser.ts:12`. */
  lineOf(pattern: RegExp): string | undefined {
    const index = this.#lines.findIndex((line) => !isComment(line) && pattern.test(line));
    return index < 0 ? undefined : `${this.#name}:${index + 1}`;
  }

  /** The first match of the group of a pattern, in a line that is no comment. */
  find(pattern: RegExp): string | undefined {
    for (const line of this.#lines) {
      const found = isComment(line) ? null : pattern.exec(line);
      if (found) return found[1];
    }
    return undefined;
  }

  /** The first line where a key of an object is written. */
  lineOfKey(key: string): string | undefined {
    return this.lineOf(new RegExp(`(?:^|[{,\\s"'])${RegExp.escape(key)}["']?\\s*[:(,]`));
  }
}

function isComment(line: string): boolean {
  return /^\s*(\/\/|\/?\*)/.test(line);
}
