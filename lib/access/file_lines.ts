import { openIfReachable } from "./private_file.ts";

const decoder = new TextDecoder();

const NEWLINE = 10;

/** A line of a file. */
export interface PlacedLine {
  text: string;
  /** The place of its first byte. */
  at: number;
}

/** The lines of a part of a file. */
export interface FilePart {
  lines: PlacedLine[];
  /** The place of the first of them; the beginning of the part if there is none. */
  start: number;
  /** The bytes behind them, which are no whole line. */
  restBytes: number;
}

/**
 * The whole lines in a part of a file.
 *
 * @param end The end of the part; by default, that of the file.
 * @param beginsLine True if the part is known to begin with the beginning of a line.
 */
export async function readLinesBefore(
  path: string,
  end: number | undefined,
  maxBytes: number,
  beginsLine: boolean = false,
): Promise<FilePart> {
  try {
    using file = await openIfReachable(path);
    const { size } = await file.stat();
    const to = Math.min(end ?? size, size);
    const from = Math.max(0, to - maxBytes);
    const bytes = new Uint8Array(to - from);
    await file.seek(from, Deno.SeekMode.Start);
    for (let at = 0, count: number | null = 0; at < bytes.length && count !== null; at += count ?? 0) {
      count = await file.read(bytes.subarray(at));
    }
    // The part may begin in the middle of a line.
    let at = from > 0 && !beginsLine ? bytes.indexOf(NEWLINE) + 1 : 0;
    const lines: PlacedLine[] = [];
    for (let next = bytes.indexOf(NEWLINE, at); next >= 0; next = bytes.indexOf(NEWLINE, at)) {
      lines.push({ text: decoder.decode(bytes.subarray(at, next)), at: from + at });
      at = next + 1;
    }
    return { lines, start: lines[0]?.at ?? from, restBytes: bytes.length - at };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { lines: [], start: 0, restBytes: 0 };
    throw error;
  }
}

/** The whole lines of a file behind a place that is the beginning of one; a line that is longer than the part is left out. */
export async function readLinesAfter(path: string, from: number, maxBytes: number): Promise<PlacedLine[]> {
  const { size } = await Deno.stat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return { size: 0 };
    throw error;
  });
  const end = Math.min(size, from + maxBytes);
  return end > from ? (await readLinesBefore(path, end, end - from, true)).lines : [];
}

/** Removes bytes from the end of a file. */
export async function cutEnd(path: string, bytes: number): Promise<void> {
  using file = await openIfReachable(path, { write: true });
  const { size } = await file.stat();
  await file.truncate(size - bytes);
}
