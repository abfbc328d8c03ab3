import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { LabError, messageOf } from "../../errors.ts";
import { accessFile } from "./file_access.ts";

/** Driver files of one folder. Others are not loaded: a folder with more is the wrong one, or a mistake. */
export const MAX_DRIVER_FILES = 500;

/** Names in one folder that are looked at. */
const MAX_NAMES = 20_000;

/**
 * The driver files of a folder (TypeScript, Python and YAML) as absolute `file:` URLs, in alphabetical order, without names
 * that begin with `_` or `.`, which drivers may share, and without tests (`*_test.ts`, `*.test.ts`, `*.spec.ts`,
 * `test_*.py`, `*_test.py`, `conftest.py`).
 *
 * @throws {LabError} `NotFound`, if there is no such folder; `Unavailable`, if it does not answer.
 */
export async function listDriverFiles(folder: URL, signal?: AbortSignal): Promise<URL[]> {
  const list = async () => {
    const names: string[] = [];
    let seen = 0;
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (!isDirectory && isDriverName(name)) names.push(name);
      if (++seen >= MAX_NAMES) break;
    }
    return names;
  };
  try {
    const names = await accessFile(folder, list, signal);
    return names.map((name) => new URL(encodeURIComponent(name), folder)).sort((a, b) => a.href < b.href ? -1 : 1);
  } catch (cause) {
    if (cause instanceof LabError || signal?.aborted) throw cause;
    throw new LabError(
      "NotFound",
      `Cannot load drivers from ${decodeURIComponent(folder.pathname)}: ${messageOf(cause)}. ` +
        `Make the folder, or name another by --drivers or the bench file's "drivers"`,
      { cause },
    );
  }
}

function isDriverName(name: string): boolean {
  if (/^(test_.*|.*_test|conftest)\.py$/s.test(name)) return false;
  return /^[^_.].*\.([jt]s|py|ya?ml)$/s.test(name) && !/([_.]test|[_.]spec|\.d)\.[jt]s$/.test(name);
}

/** A folder as the URL that file names are appended to. A relative path is relative to the working directory. */
export function folderUrl(folder: string | URL): URL {
  return pathToFileURL(`${resolve(folder instanceof URL ? fileURLToPath(folder) : folder)}/`);
}

/** The name of a file in its folder. */
export function fileName(file: URL): string {
  return decodeURIComponent(file.pathname.slice(file.pathname.lastIndexOf("/") + 1));
}
