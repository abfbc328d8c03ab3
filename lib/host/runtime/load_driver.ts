import type { Driver } from "../../driver/contract.ts";
import { definedDriver, isDriver } from "../../driver/define_driver.ts";
import { LabError, messageOf } from "../../errors.ts";
import type { KeptSources } from "../protocol/protocol.ts";
import { driverPlace, placed } from "./driver_place.ts";
import { importKept } from "./import_kept.ts";

/**
 * Imports a driver file, or the kept text of an earlier version. This runs the author's code, so only a driver's own
 * process does it.
 *
 * @throws {LabError} `DriverError` of type `DriverLoadError`, if the import fails or the file does not export a driver.
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
  // Error messages do not show the operator's folders.
  const folder = file.slice(0, file.length - name.length);
  const module = await importing.catch((error) => fail(messageOf(error).replaceAll(folder, ""), error));
  if (!("default" in module)) fail("it has no default export; write `export default defineDriver({ … })`");
  if (!isDriver(module.default)) fail("its default export is not a driver; wrap it in defineDriver({ … })");
  // A plain object was not checked by defineDriver.
  return definedDriver(module.default);
}
