import type { Driver } from "../../../driver/contract.ts";
import { definedDriver, isDriver } from "../../../driver/define_driver.ts";
import { LabError, messageOf } from "../../../errors.ts";
import type { KeptSources } from "../../protocol/protocol.ts";
import { DriverText, keepLines } from "./driver_lines.ts";
import { driverPlace, placed } from "./driver_place.ts";
import { importKept } from "./import_kept.ts";

/**
 * Imports a driver file, or the kept text of an earlier version; of a YAML file, reads it. This runs the author's code, so
 * only a driver's own process does it.
 *
 * @throws {LabError} `DriverError` of type `DriverLoadError`, if the import fails or the file does not export a driver.
 */
export async function loadDriver(file: string, kept?: KeptSources): Promise<Driver> {
  if (isYaml(file)) return await loadYaml(file, kept);
  const encoded = file.slice(file.lastIndexOf("/") + 1);
  // As the folder has it: a file's URL has %20 for a space.
  const name = decodeURIComponent(encoded);
  const text = DriverText.read(file, kept);
  const fail = (problem: string, cause?: unknown): never => {
    const key = cause instanceof LabError ? cause.context.key : undefined;
    const at = (typeof key === "string" ? text.lineOfKey(key) : undefined) ?? driverPlace(cause, file);
    throw new LabError("DriverError", `Cannot load ${name}: ${placed(problem, at)}`, {
      type: "DriverLoadError",
      context: { file: name, ...(at && { at }) },
      cause,
    });
  };
  const importing = kept ? importKept(file, kept) : import(file);
  // Error messages do not show the operator's folders.
  const folder = file.slice(0, file.length - encoded.length);
  const wordsOf = (error: unknown) =>
    messageOf(error).replace(/ at ext:\S+$/, "").replaceAll(folder, "").replaceAll(encoded, name);
  const module = await importing.catch((error) => fail(withPackageAdvice(wordsOf(error), text), error));
  if (!("default" in module)) fail("it has no default export; write `export default defineDriver({ … })`");
  if (!isDriver(module.default)) fail("its default export is not a driver; wrap it in defineDriver({ … })");
  // A plain object was not checked by defineDriver.
  const driver = definedDriver(module.default);
  keepLines(driver, text);
  return driver;
}

/** True for a driver file that is data. */
export function isYaml(file: string): boolean {
  // The suite's probe names its driver in its query; a part of a file has a fragment.
  return /^[^?]*\.ya?ml(#.*)?$/.test(file);
}

async function loadYaml(file: string, kept?: KeptSources): Promise<Driver> {
  const { declaredDriver } = await import("../../../declared/file/declared_driver.ts");
  const source = kept?.texts[file] ?? await Deno.readFile(new URL(file));
  const { pathname } = new URL(file);
  return await declaredDriver(source, decodeURIComponent(pathname.slice(pathname.lastIndexOf("/") + 1)));
}

/** Deno's message for a package that was never downloaded: drivers' processes download nothing. */
const NOT_CACHED =
  /npm package not found in cache: "([^"]+)"|Could not find npm package '([^']+)'|--cached-only|The lockfile is out of date/;

/** Deno's message for a bare name that its configuration does not map. */
const NOT_MAPPED = /Import "([^"./][^"]*)" not a dependency/;

/** The message of a failed import, with advice on a missing package. */
export function withPackageAdvice(message: string, text: DriverText): string {
  const [, bare] = NOT_MAPPED.exec(message) ?? [];
  if (bare) {
    return `${message}. Import it as "npm:${bare}@<version>", and download it once: deno cache --frozen=false npm:${bare}@<version>`;
  }
  const found = NOT_CACHED.exec(message);
  if (!found) return message;
  const name = found[1] ?? found[2];
  const specifier = text.find(
    name ? new RegExp(`["'](npm:/?${RegExp.escape(name)}[^"']*)["']`) : /["'](npm:[^"']+)["']/,
  );
  const command = `deno cache --frozen=false ${specifier ?? (name ? `npm:${name}` : "npm:<package>@<version>")}`;
  // The rest is a change of the lock file, and the advice for a project of one's own.
  const reason = message.replace(/\. Run `deno install[^]*$/, "");
  return `${reason}. A driver's process downloads nothing: run this once in LabDaemon's folder, and save the driver again: ${command}`;
}
