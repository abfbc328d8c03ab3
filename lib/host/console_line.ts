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

/** In characters. A longer line is cut into pieces, so that a line without an end does not fill the memory. */
const MAX_LINE = 8 * 1024;

/** A progress bar returns to the beginning of its line; a marked line begins wherever its mark stands. */
const LINE_END = new RegExp(`[\\r\\n]+|(?<=[^])(?=${LEVEL_MARK})`);

/** Calls `line` for each line of text that is not empty, until the source ends or the signal aborts. Never rejects. */
export async function readLines(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  line: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let rest = "";
  try {
    for await (const text of source.pipeThrough(new TextDecoderStream(), { signal })) {
      const lines = (rest + text).split(LINE_END);
      rest = lines.pop()!;
      lines.filter(Boolean).forEach((text) => line(text));
      if (rest.length > MAX_LINE) {
        line(rest);
        rest = "";
      }
    }
  } catch {
    // The source failed or the signal aborted: the lines so far are complete.
  }
  if (rest) line(rest);
}
