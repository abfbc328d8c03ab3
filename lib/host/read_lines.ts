import { MARK } from "./console_line.ts";

/** A longer line is cut into pieces: a driver that never ends its line must not fill the memory. */
const LONGEST_LINE = 8 * 1024;

/** A bar of progress goes back to its line's beginning; what a console says begins a line, whatever stands before it. */
const LINE_END = new RegExp(`[\\r\\n]+|(?<=[^])(?=${MARK})`);

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
      if (rest.length > LONGEST_LINE) {
        line(rest);
        rest = "";
      }
    }
  } catch {
    // The source broke or was given up; what it had said stands.
  }
  if (rest) line(rest);
}
