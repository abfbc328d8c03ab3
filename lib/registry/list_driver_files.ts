import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { LabError, messageOf } from "../errors.ts";

/**
 * The driver files of a folder as absolute `file:` URLs, in alphabetical order, without names that begin with `_` or `.`,
 * which drivers may share, and without tests (`*_test.ts`).
 *
 * @throws {LabError} `NotFound`, if there is no such folder.
 */
export function listDriverFiles(folder: URL): URL[] {
  try {
    return [...Deno.readDirSync(folder)]
      .filter(({ name, isDirectory }) =>
        !isDirectory && /^[^_.].*\.[jt]s$/.test(name) && !/(_test|\.d)\.[jt]s$/.test(name)
      )
      .map(({ name }) => new URL(encodeURIComponent(name), folder))
      .sort((a, b) => a.href < b.href ? -1 : 1);
  } catch (cause) {
    throw new LabError(
      "NotFound",
      `Cannot load drivers from ${decodeURIComponent(folder.pathname)}: ${messageOf(cause)}. ` +
        `Make the folder, or name another by --drivers or the bench file's "drivers"`,
      { cause },
    );
  }
}

/** A folder as the URL that file names are appended to. A relative path is relative to the working directory. */
export function folderUrl(folder: string | URL): URL {
  return pathToFileURL(`${resolve(folder instanceof URL ? fileURLToPath(folder) : folder)}/`);
}

/** The name of a file in its folder. */
export function fileName(file: URL): string {
  return decodeURIComponent(file.pathname.slice(file.pathname.lastIndexOf("/") + 1));
}
