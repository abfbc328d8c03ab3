import { dirname } from "node:path";
import type { z } from "zod";
import { writeAll } from "../async/write_all.ts";
import { messageOf } from "../errors.ts";
import { expectedAndFound } from "../format/expected.ts";
import { pathText } from "../format/path_text.ts";

const encoder = new TextEncoder();

/**
 * Opens a file once its share answers. To open a file, Deno resolves the links in its path on the event loop; to read
 * its status, it does so in a thread. So this reads the status first: a slow share then blocks only the thread.
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

/**
 * The value of a file of the data folder.
 *
 * @throws {Error} What does not fit, in one line. It quotes nothing of the file, which may have secrets.
 */
export function parseKept<T>(text: string, schema: z.ZodType<T>): T {
  const { data, error } = schema.safeParse(valueOf(text), { error: expectedAndFound });
  if (!error) return data;
  const [{ path, message }] = error.issues;
  throw new Error(path.length > 0 ? `${pathText(path)}: ${message}` : message, { cause: error });
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`it is no JSON: ${messageOf(cause).replace(/, .* is not valid JSON$/s, "")}`, { cause });
  }
}

/** Makes a folder that only its user can enter, unless it exists. */
export async function makePrivateFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
}

/**
 * Makes a folder that only its user can enter.
 *
 * @returns False if there is something of this name already. It stays as it is.
 */
export async function makeNewFolder(path: string): Promise<boolean> {
  await makePrivateFolder(dirname(path));
  try {
    await Deno.mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** Writes a file that only its user can read. The file has the old text or the new text, also after a crash. */
export async function writePrivately(path: string, text: string): Promise<void> {
  const draft = `${path}.${crypto.randomUUID().slice(-12)}`;
  try {
    using file = await openIfReachable(draft, { write: true, createNew: true, mode: 0o600 });
    await writeAll(file, encoder.encode(text));
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
  await writeAll(file, encoder.encode(text));
}

/** Appends to a file that only its user can read. The text is on the disk when this resolves. */
export async function appendDurably(path: string, text: string): Promise<void> {
  using file = await openIfReachable(path, { append: true, create: true, mode: 0o600 });
  await writeAll(file, encoder.encode(text));
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
