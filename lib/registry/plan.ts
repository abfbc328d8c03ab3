import {
  checkPermissions,
  grantPermissions,
  missingPermissions,
  type PermissionGrants,
  permissionsWithin,
  unitePermissions,
} from "../host/permissions.ts";
import { grantLine } from "../format/grant_line.ts";
import type { JsonSchema, Permissions } from "../wire/driver.ts";
import type { DriverSource } from "./driver_source.ts";
import { maskSecretsIn } from "./secrets.ts";

/** All that is needed to make one device: its driver, valid params, and the permissions that its process gets. */
export interface Plan {
  source: DriverSource;
  params: Record<string, unknown>;
  permissions: Permissions;
  /** The permissions that its driver asks for and does not get. */
  missing?: Permissions;
  /** The line under `grants:` by which its driver would get all that it asks for. Absent for an inline driver. */
  line?: Permissions;
  /** The plan's own input, to plan the same device with another version of its driver. */
  input: PlanInput;
  /** True if no second try can succeed: the device is faulted at the first failure. */
  noRetry?: boolean;
}

/** The line of the bench file by which a device's driver gets what it was not granted; `undefined` if it has all. */
export function missingGrantLine({ missing = {}, line = {}, source }: Plan): string | undefined {
  return Object.keys(missing).length > 0 ? grantLine(source.description.name, line) : undefined;
}

/** The schema of a plan's params by which its secrets are found: the driver's, with those of the bench file marked. */
export function paramsSchema({ source: { description }, input }: Pick<Plan, "source" | "input">): JsonSchema {
  return input.secrets ? { allOf: [description.params, input.secrets] } : description.params;
}

/** The input of a plan, besides the driver. */
export interface PlanInput {
  params: Record<string, unknown>;
  /** Marks the params that are secrets by where they came from, beside those that the driver's schema marks. */
  secrets?: JsonSchema;
  options?: Record<string, unknown>;
  /** The bench file's changes of the permissions of this device. */
  grants?: PermissionGrants;
  /** The bench file's permissions of all drivers. */
  driverGrants?: DriverGrants;
}

/** The lines under `grants:` of the bench file, by the names of drivers: the most that a driver gets. */
export type DriverGrants = Readonly<Record<string, Permissions>>;

/** A user of a driver: a device, as far as the registry knows it. */
export interface DriverUser {
  readonly id: string;
  /** The plan that it was made by, or that replaced that one. */
  readonly plan: Plan;
  /** The options of the run that is desired; `undefined` if it is not to stream. The same object until they change. */
  readonly run: Record<string, unknown> | undefined;
  /**
   * Goes on with another plan: a new version of its driver, or another driver. Returns at once. If it is connected, it
   * closes the instrument and opens it again by the new plan, back to its desired state.
   */
  replacePlan(plan: Plan): void;
  /** Makes `disconnected` the desired state. Resolves when it is reached. */
  disconnect(): Promise<void>;
}

/**
 * Checks params and options against a driver, and grants permissions.
 *
 * @param attempt The beginning of an error's message: `Cannot add device "daq1"`.
 * @throws {LabError} `InvalidRequest`, if they do not fit.
 */
export async function planDevice(
  source: DriverSource,
  input: PlanInput,
  attempt: string,
): Promise<Plan> {
  const { params: raw, options, grants, driverGrants = {} } = input;
  const checked = async () => {
    const found = await source.checkParams(raw, attempt);
    if (options && Object.keys(options).length) await source.checkOptions(options, attempt);
    checkPermissions(found.permissions);
    return found;
  };
  const { params, permissions: asked } = await checked().catch((error) => {
    throw maskSecretsIn(error, raw, paramsSchema({ source, input }));
  });
  if (source.isInline) return { source, params, permissions: asked, input };
  const { granted, missing, line } = grantTo(source.description.name, asked, driverGrants, grants?.add);
  return { source, params, permissions: grantPermissions(granted, grants), missing, line, input };
}

/** The permissions of a driver that asks for `asked`. Those that `add` grants to its device are not missing. */
export function grantTo(name: string, asked: Permissions, grants: DriverGrants, add: Permissions = {}) {
  const found = Object.hasOwn(grants, name) ? grants[name] : undefined;
  const granted = permissionsWithin(found, asked);
  const missing = missingPermissions(asked, unitePermissions(granted, add));
  return { granted, missing, line: unitePermissions(found ?? granted, missing) };
}
