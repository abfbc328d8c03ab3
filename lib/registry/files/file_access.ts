/**
 * Access to files that may never answer: a share can hang, a file can be a pipe, and a link can lead anywhere. Each access
 * has a limit, and those that hang hold only a few of the runtime's threads.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { deadline, DeadlineError, Semaphore } from "../../async/mod.ts";
import { LabError, messageOf } from "../../errors.ts";
import { unavailable } from "../../host/unavailable.ts";

/** The limit of one access. */
const ACCESS_MS = 5_000;

/** Accesses at the same time. One that hangs keeps its place until the system answers. */
const PLACES = new Semaphore(8);

/** The accesses that have reached their limit and are still not answered, by their paths. */
const hanging = new Set<string>();

/**
 * Runs one access.
 *
 * @throws {LabError} `Unavailable`, if it is not done within 5 s, if an earlier one to the same path still hangs, or if the
 * daemon has no descriptor left. Anything else that `access` throws is thrown as it is.
 */
export async function accessFile<T>(path: URL, access: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const name = decodeURIComponent(path.pathname);
  signal?.throwIfAborted();
  if (hanging.has(path.href)) throw noAnswer(name);
  const given = new AbortController();
  const result = PLACES.run(access, given.signal);
  try {
    return await deadline(result, ACCESS_MS, signal);
  } catch (error) {
    // It never runs if it still waits for a place.
    given.abort();
    if (!(error instanceof DeadlineError)) throw unavailable(error, `Cannot read ${name}`) ?? error;
    hanging.add(path.href);
    const clear = () => void hanging.delete(path.href);
    result.then(clear, clear);
    throw noAnswer(name);
  }
}

function noAnswer(name: string): LabError {
  const message = `Cannot read ${name}: no answer within ${ACCESS_MS / 1000} s; is it on a share that hangs?`;
  return new LabError("Unavailable", message, { context: { path: name } });
}

/**
 * The content of a file; `undefined` if it does not exist or must not be read.
 *
 * @throws {LabError} `DriverError`, if it is not a regular file, larger than `maxBytes`, or cannot be read for another
 * reason; `Unavailable` as {@linkcode accessFile} does.
 */
export async function readSource(
  path: URL,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await accessFile(path, () => readRegularFile(path, maxBytes), signal);
  } catch (error) {
    if (error instanceof LabError || signal?.aborted) throw error;
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return undefined;
    // A loop of links, or a file of the system that Deno does not open.
    const isOfSystem = error instanceof Deno.errors.NotCapable;
    throw refusal(path, isOfSystem ? "Deno does not open this file of the system" : messageOf(error));
  }
}

/**
 * Checks a file whose kept text is to be imported: Deno opens it all the same, and waits for the writer of a pipe.
 *
 * @throws {LabError} `DriverError`, if it is a pipe or a device. A file that is missing or does not answer is none.
 */
export async function assertOpens(path: URL, signal?: AbortSignal): Promise<void> {
  const info = await accessFile(path, () => Deno.stat(path), signal).catch(() => undefined);
  if (info && !info.isDirectory) assertRegular(path, info);
}

async function readRegularFile(path: URL, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  // Before it is opened: to open a pipe waits for its writer, and to open a file of a share that hangs stops the event loop.
  assertRegular(path, await Deno.stat(path));
  using file = await Deno.open(path);
  const info = await file.stat();
  assertRegular(path, info);
  // One byte more than expected, since the file may grow.
  let bytes = new Uint8Array(Math.min(info.size, maxBytes) + 1);
  let length = 0;
  for (;;) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) return bytes.subarray(0, length);
    length += read;
    if (length > maxBytes) throw refusal(path, `it is larger than ${maxBytes / 1024 / 1024} MiB`);
    if (length < bytes.length) continue;
    const larger = new Uint8Array(Math.min(2 * length, maxBytes) + 1);
    larger.set(bytes);
    bytes = larger;
  }
}

function assertRegular(path: URL, info: Deno.FileInfo): void {
  if (info.isFile) return;
  const kind = info.isDirectory
    ? "a folder"
    : info.isFifo
    ? "a named pipe"
    : info.isSocket
    ? "a socket"
    : info.isCharDevice || info.isBlockDevice
    ? "a device of the system"
    : "not a file";
  throw refusal(path, `it is ${kind}; only regular files are read`);
}

function refusal(path: URL, problem: string): LabError {
  const name = decodeURIComponent(path.pathname.slice(path.pathname.lastIndexOf("/") + 1));
  const message = `Cannot load ${name}: ${problem}`;
  return new LabError("DriverError", message, { type: "DriverLoadError", context: { file: name } });
}

/** The target of a link; any other file unchanged, even if links lead to its folder. */
export async function targetOf(file: URL, signal?: AbortSignal): Promise<URL> {
  const target = async () => {
    try {
      return (await Deno.lstat(file)).isSymlink ? pathToFileURL(await Deno.realPath(file)) : file;
    } catch (error) {
      if (unavailable(error, "")) throw error;
      return file;
    }
  };
  return await accessFile(file, target, signal);
}

/** A text that differs after most changes of a file. */
export async function fileStamp(file: URL, signal?: AbortSignal): Promise<string> {
  const stamp = async () => {
    const { mtime, ctime, size, ino } = await Deno.stat(file);
    return [mtime?.getTime(), ctime?.getTime(), size, ino].join();
  };
  return await accessFile(file, stamp, signal).catch((error) => error.name);
}

/** The time at which a file was saved; `undefined` if the file does not exist. */
export async function savedAt(file: URL, signal?: AbortSignal): Promise<number | undefined> {
  const time = () => Deno.stat(file).then(({ mtime }) => mtime?.getTime(), () => undefined);
  return await accessFile(file, time, signal);
}

/** The path without links; `undefined` if there is no such file. */
export async function realPath(file: URL, signal?: AbortSignal): Promise<string | undefined> {
  return await accessFile(file, () => Deno.realPath(file).catch(() => undefined), signal);
}
