import { deadline, DeadlineError } from "../async/mod.ts";
import { LabError } from "../errors.ts";

/** The limit of a request that waits for the data folder, which may be on a share that hangs. */
const ANSWER_LIMIT_MS = 5_000;

/**
 * Waits for work on the data folder, with a limit.
 *
 * @param work Gets a signal that aborts when the caller no longer waits. The work begins no further step then.
 * @param attempt The beginning of the error's message.
 * @throws {LabError} `Unavailable`, if the work takes longer than 5 s.
 */
export async function answered<T>(work: (signal: AbortSignal) => Promise<T>, attempt: string): Promise<T> {
  const given = new AbortController();
  try {
    return await deadline(work(given.signal), ANSWER_LIMIT_MS);
  } catch (cause) {
    given.abort(cause);
    if (!(cause instanceof DeadlineError)) throw cause;
    const found = `the data folder does not answer within ${ANSWER_LIMIT_MS / 1000} s; is it on a share that hangs?`;
    throw new LabError("Unavailable", `${attempt}: ${found}`, { cause });
  }
}

/**
 * The same of a change of the data folder.
 *
 * @throws {LabError} `Unavailable`, also if the disk is full or cannot be written.
 */
export async function written<T>(work: (signal: AbortSignal) => Promise<T>, attempt: string): Promise<T> {
  try {
    return await answered(work, attempt);
  } catch (cause) {
    if (!isOfSystem(cause)) throw cause;
    throw new LabError("Unavailable", `${attempt}: ${cause.message}`, { cause });
  }
}

/** True for what the system has answered: `No space left on device (os error 28)`. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && /^E[A-Z]+$/.test(String((error as { code?: unknown }).code));
}

/**
 * Opens a file as soon as its share answers. Deno follows the links in a path on the event loop when it opens a file,
 * but in a thread when it reads the file's status. So this reads the status first, where a slow share blocks only the
 * thread.
 */
export async function openIfReachable(path: string, options?: Deno.OpenOptions): Promise<Deno.FsFile> {
  await Deno.stat(path).catch(() => {});
  return await Deno.open(path, options);
}

/** Reads a file when its share answers. */
export async function readIfReachable(path: string): Promise<string> {
  await Deno.stat(path);
  return await Deno.readTextFile(path);
}

/** The content of a file, and a mark that changes with it. */
export interface FileVersion {
  text: string;
  mark: string;
}

/** The mark of a file; `undefined` if the file does not exist. */
export async function markOf(path: string): Promise<string | undefined> {
  try {
    const { mtime, size, ino } = await Deno.stat(path);
    return `${mtime?.getTime()} ${size} ${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Reads a file; `undefined` if the file does not exist. */
export async function readIfThere(path: string): Promise<FileVersion | undefined> {
  // The mark first: a change in between is then read again.
  const mark = await markOf(path);
  return mark === undefined ? undefined : { text: await Deno.readTextFile(path), mark };
}

/** Makes a folder that only its user can enter, unless it exists. */
export async function makePrivateFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
}

/** Writes a file that only its user can read. The file has the old text or the new text, also after a crash. */
export async function writePrivately(path: string, text: string): Promise<void> {
  const draft = `${path}.${crypto.randomUUID().slice(-12)}`;
  try {
    using file = await openIfReachable(draft, { write: true, createNew: true, mode: 0o600 });
    await writeAll(file, text);
    await file.sync();
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}

/** True if others than its user may change a file. */
export async function isWritableByOthers(path: string): Promise<boolean> {
  const { mode } = await Deno.stat(path);
  return ((mode ?? 0) & 0o022) !== 0;
}

/** Removes a file, if it exists. */
export async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Appends to a file that only its user can read. */
export async function appendPrivately(path: string, text: string): Promise<void> {
  using file = await openIfReachable(path, { append: true, create: true, mode: 0o600 });
  await writeAll(file, text);
}

/** Appends to a file that only its user can read. The text is on the disk when this resolves. */
export async function appendDurably(path: string, text: string): Promise<void> {
  using file = await openIfReachable(path, { append: true, create: true, mode: 0o600 });
  await writeAll(file, text);
  await file.syncData();
}

/** The names of the folders in a folder; none if the folder does not exist. */
export async function listFolder(path: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Removes a folder and its content, if it exists. */
export async function removeFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let rest = bytes; rest.length;) rest = rest.subarray(await file.write(rest));
}

/** A line of a file. */
export interface PlacedLine {
  text: string;
  /** The place of its first byte. */
  at: number;
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
    // The first line may have begun before.
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

/** The lines of a part of a file. */
export interface FilePart {
  lines: PlacedLine[];
  /** The place of the first of them; the beginning of the part if there is none. */
  start: number;
  /** The bytes behind them, which are no whole line. */
  restBytes: number;
}

const decoder = new TextDecoder();

const NEWLINE = 10;

/** Removes bytes from the end of a file. */
export async function cutEnd(path: string, bytes: number): Promise<void> {
  using file = await openIfReachable(path, { write: true });
  const { size } = await file.stat();
  await file.truncate(size - bytes);
}
