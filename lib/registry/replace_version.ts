import { getLogger } from "@logtape/logtape";
import { LabError } from "../errors.ts";
import type { DriverFile } from "./driver_file.ts";
import type { DriverSource } from "./driver_source.ts";
import type { DriverVersion } from "./driver_version.ts";
import { type DriverUser, type Plan, planDevice } from "./plan.ts";

/** A driver, and the name of its file; `null` for a driver that a script registered. */
export interface FoundDriver {
  source: DriverSource;
  file: string | null;
}

/** The drivers of all folders, and their users. */
export interface DriversInUse {
  users(): DriverUser[];
  /** The driver that has this name. */
  find(type: string): FoundDriver | undefined;
}

const logger = getLogger(["labdaemon", "drivers"]);

/**
 * Replaces the running version of a file, together with the plans of all its users. If it rejects, nothing has changed,
 * and `entry.isBlocked()` is true as long as the obstacle remains.
 *
 * @param files The folder's files. If one of them was renamed to this file, it is replaced as well.
 * @throws {LabError} `InvalidRequest`, if another driver has its name, or if a user's params or options do not fit it.
 */
export async function replaceVersion(
  entry: DriverFile,
  driver: DriverVersion,
  files: Map<string, DriverFile>,
  inUse: DriversInUse,
): Promise<void> {
  const { name } = driver.description;
  const { file } = entry;
  // After a rename, the file's users continue with the file of the new name.
  const renamed = [...files.values()].find((it) =>
    it.isDeleted && it !== entry && it.driver?.description.name === name
  );
  const replaced = [entry.driver, renamed?.driver].filter((it) => it !== undefined);
  const plans = new Map<DriverUser, Plan>();
  for (;;) {
    assertFree(name, entry, replaced, inUse);
    const user = usersOf(replaced, inUse).find((it) => !plans.has(it));
    if (!user) break;
    const { run } = user;
    entry.isBlocked = () => user.run === run && usersOf(replaced, inUse).includes(user);
    const attempt = `Cannot use ${file} as it is now: "${user.id}" does not fit it`;
    plans.set(user, await planDevice(driver, user.plan.input, attempt));
    if (run) await driver.checkOptions(run, attempt);
    entry.isBlocked = undefined;
  }
  // No await from here on: no user is added or removed meanwhile.
  Object.assign(entry, { driver, name, error: undefined });
  if (renamed) files.delete(renamed.url.href);
  for (const [user, plan] of plans) user.replacePlan(plan);
  const devices = [...plans.keys()].map(({ id }) => id).join(", ");
  logger.info(`{file}: {device_type}${devices && ", reloaded for {devices}"}`, { file, device_type: name, devices });
  await Promise.all(replaced.map((it) => it.close()));
}

/** The users of these drivers. */
export function usersOf(drivers: DriverVersion[], inUse: DriversInUse): DriverUser[] {
  return inUse.users().filter(({ plan }) => drivers.some((it) => it === plan.source));
}

function assertFree(name: string, entry: DriverFile, replaced: DriverVersion[], inUse: DriversInUse): void {
  const other = () => {
    const owner = inUse.find(name);
    return replaced.some((it) => it === owner?.source) ? undefined : owner;
  };
  const owner = other();
  if (!owner) return;
  entry.isBlocked = () => other() !== undefined;
  throw nameTaken(name, entry.file, owner.file);
}

/** The error of the second driver of one name. */
export function nameTaken(name: string, file: string | null, owner: string | null): LabError {
  return new LabError(
    "InvalidRequest",
    `Cannot load driver "${name}" from ${file ?? "a script"}: ${
      owner ?? "a class that a script registered"
    } has that name`,
  );
}
