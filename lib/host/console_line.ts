/** The level of a line that a driver's console wrote. */
export type ConsoleLevel = "debug" | "info" | "warning" | "error";

/** Stands before a line of the console, together with the first letter of its level. No text contains it. */
export const LEVEL_MARK = "\x01";

/** Stands behind the number of the seat whose code wrote the line, where that is known. */
const SEAT_MARK = "\x02";

/** Stands where a line of the console has the letter of its level. */
const EXIT_LETTER = "x";

const LEVELS: readonly ConsoleLevel[] = ["debug", "info", "warning", "error"];

/** One line of a driver's output. */
export interface ConsoleLine {
  text: string;
  /** Absent for output that did not come from the console: from a native library, or from Deno itself. */
  level?: ConsoleLevel;
  /** Present for a line of the console in a process of several devices. */
  seat?: number;
  /** True for an {@linkcode exitLine}. */
  isExit?: boolean;
}

/** The line that a process writes when the code of a seat ends it: a write to the pipe would come too late. */
export function exitLine(seat: number): string {
  return `${LEVEL_MARK}${EXIT_LETTER}${seat}${SEAT_MARK}\n`;
}

/** The beginning of a line of the console. */
export function lineMark(level: ConsoleLevel, seat?: number): string {
  return LEVEL_MARK + level[0] + (seat === undefined ? "" : seat + SEAT_MARK);
}

/** Separates the mark from the text of a line. */
export function parseConsoleLine(line: string): ConsoleLine {
  if (!line.startsWith(LEVEL_MARK)) return { text: line };
  const level = LEVELS.find((level) => level[0] === line[1]);
  const end = line.indexOf(SEAT_MARK);
  const isMarked = end > 2 && /^\d{1,5}$/.test(line.slice(2, end));
  const seat = isMarked ? Number(line.slice(2, end)) : undefined;
  const isExit = line[1] === EXIT_LETTER;
  return {
    text: line.slice(isMarked ? end + 1 : 2),
    level,
    ...seat !== undefined && { seat },
    ...isExit && { isExit },
  };
}
