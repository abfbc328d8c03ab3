import { getLogger } from "@logtape/logtape";
import { LabError } from "../errors.ts";
import type { DriverFile } from "./driver_file.ts";
import type { FolderBench } from "./driver_folder.ts";
import type { FileDriver } from "./file_driver.ts";
import type { Device } from "../device/device.ts";
import { type Plan, planDevice } from "../device/plan.ts";

/** Who uses drivers, and who has which name. */
type Bench = Pick<FolderBench, "devices" | "find">;

const logger = getLogger(["labdaemon", "drivers"]);

/**
 * Lets the new version of a file take the place of the one that runs, together with all its devices. If it rejects, nothing
 * has changed, and `entry.isBlocked` tells whether what was in the way still is.
 *
 * @param files The folder's: one of them that was renamed to this one gives up its place as well.
 * @throws {LabError} `InvalidRequest`, if its name is another's, or if it does not fit a device.
 */
export async function replaceVersion(
  entry: DriverFile,
  driver: FileDriver,
  files: Map<string, DriverFile>,
  bench: Bench,
): Promise<void> {
  const { name } = driver.description;
  const { file } = entry;
  // A file that was renamed is, to its devices, the same file.
  const left = [...files.values()].find((it) => it.isGone && it !== entry && it.driver?.description.name === name);
  const replaced = [entry.driver, left?.driver].filter((it) => it !== undefined);
  const plans = new Map<Device, Plan>();
  for (;;) {
    assertFree(name, entry, replaced, bench);
    const device = usersOf(replaced, bench).find((it) => !plans.has(it));
    if (!device) break;
    const { run } = device;
    entry.isBlocked = () => device.run === run && usersOf(replaced, bench).includes(device);
    const attempt = `Cannot use ${file} as it is now: "${device.id}" does not fit it`;
    plans.set(device, await planDevice(driver, device.plan.input, attempt));
    if (run) await driver.checkOptions(run, attempt);
    entry.isBlocked = undefined;
  }
  // From here on nothing waits: no device can come or go in between.
  Object.assign(entry, { driver, name, error: undefined });
  if (left) files.delete(left.url.href);
  for (const [device, plan] of plans) device.replacePlan(plan);
  const devices = [...plans.keys()].map(({ id }) => id).join(", ");
  logger.info(`{file}: {device_type}${devices && ", reloaded for {devices}"}`, { file, device_type: name, devices });
  await Promise.all(replaced.map((it) => it.close()));
}

/** The devices that were made by one of these. */
export function usersOf(drivers: FileDriver[], bench: Bench): Device[] {
  return bench.devices().filter(({ plan }) => drivers.some((it) => it === plan.source));
}

function assertFree(name: string, entry: DriverFile, replaced: FileDriver[], bench: Bench): void {
  const other = () => {
    const owner = bench.find(name);
    return replaced.some((it) => it === owner?.source) ? undefined : owner;
  };
  const owner = other();
  if (!owner) return;
  entry.isBlocked = () => other() !== undefined;
  throw nameTaken(name, entry.file, owner.file);
}

/** Who comes second gets no name. */
export function nameTaken(name: string, file: string | null, owner: string | null): LabError {
  return new LabError(
    "InvalidRequest",
    `Cannot load driver "${name}" from ${file ?? "a script"}: ${
      owner ?? "a class that a script registered"
    } has that name`,
  );
}
