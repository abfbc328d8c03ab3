import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { LabError, messageOf } from "../errors.ts";
import type { Driver } from "./contract.ts";
import { isDriver } from "./define_driver.ts";
import { driverPlace, placed } from "../host/runtime/driver_place.ts";
import { importKept, type KeptSources } from "../host/runtime/kept_sources.ts";

/**
 * The driver files of a folder as absolute `file:` URLs, in alphabetical order. Names that begin with `_` or `.` and
 * tests (`*_test.ts`) are left out: they are for the drivers to share, and to prove.
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

/**
 * Imports one driver file, or what is kept of its earlier self. Runs the author's code: only a driver's own process does
 * this.
 *
 * @throws {LabError} `DriverError`, if the file cannot be imported or does not export a driver.
 */
export async function loadDriver(file: string, kept?: KeptSources): Promise<Driver> {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const fail = (problem: string, cause?: unknown): never => {
    const at = driverPlace(cause, file);
    throw new LabError("DriverError", `Cannot load ${name}: ${placed(problem, at)}`, {
      type: "DriverLoadError",
      context: { file: name, ...(at && { at }) },
      cause,
    });
  };
  const importing = kept ? importKept(file, kept) : import(file);
  // The folder is nobody's business but the operator's.
  const folder = file.slice(0, file.length - name.length);
  const module = await importing.catch((error) => fail(messageOf(error).replaceAll(folder, ""), error));
  if (!("default" in module)) fail("it has no default export; write `export default defineDriver({ … })`");
  if (!isDriver(module.default)) fail("its default export is not a driver; wrap it in defineDriver({ … })");
  return module.default;
}

/** A folder as the URL that file names are appended to. A relative path is relative to the working directory. */
export function folderUrl(folder: string | URL): URL {
  return pathToFileURL(`${resolve(folder instanceof URL ? fileURLToPath(folder) : folder)}/`);
}
