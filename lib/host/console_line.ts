/** The level of a line that a driver's console wrote. */
export type ConsoleLevel = "debug" | "info" | "warning" | "error";

/** Stands before a line of the console, together with the first letter of its level. No text contains it. */
export const LEVEL_MARK = "\x01";

/** Stands behind the number of the seat whose code wrote the line, where that is known. */
const SEAT_MARK = "\x02";

const SEAT = new RegExp(`^\\d{1,5}${SEAT_MARK}`);

const LEVELS: readonly ConsoleLevel[] = ["debug", "info", "warning", "error"];

/** One line of a driver's output. */
export interface ConsoleLine {
  text: string;
  /** Absent for output that did not come from the console: from a native library, or from Deno itself. */
  level?: ConsoleLevel;
  /** Present for a line of the console in a process of several devices. */
  seat?: number;
}

/** The beginning of a line of the console. */
export function lineMark(level: ConsoleLevel, seat?: number): string {
  return LEVEL_MARK + level[0] + (seat === undefined ? "" : seat + SEAT_MARK);
}

/** Separates the mark from the text of a line. */
export function parseConsoleLine(line: string): ConsoleLine {
  if (!line.startsWith(LEVEL_MARK)) return { text: line };
  const level = LEVELS.find((level) => level[0] === line[1]);
  const [mark, seat] = SEAT.exec(line.slice(2)) ? [line.indexOf(SEAT_MARK) + 1, parseInt(line.slice(2))] : [2];
  return { text: line.slice(mark), level, ...seat !== undefined && { seat } };
}
