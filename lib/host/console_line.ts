/** The level of a line that a driver's console wrote. */
export type ConsoleLevel = "debug" | "info" | "warning" | "error";

/** Stands before a line of the console, together with the first letter of its level. No text contains it. */
export const LEVEL_MARK = "\x01";

const LEVELS: readonly ConsoleLevel[] = ["debug", "info", "warning", "error"];

/** One line of a driver's output. */
export interface ConsoleLine {
  text: string;
  /** Absent for output that did not come from the console: from a native library, or from Deno itself. */
  level?: ConsoleLevel;
}

/** Separates the level from the text of a line. */
export function parseConsoleLine(line: string): ConsoleLine {
  if (!line.startsWith(LEVEL_MARK)) return { text: line };
  return { text: line.slice(2), level: LEVELS.find((level) => level[0] === line[1]) };
}
