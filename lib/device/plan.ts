import { grantPermissions, type PermissionGrants, type Permissions } from "../driver/permissions.ts";
import type { DriverSource } from "../registry/driver_source.ts";
import type { RestartPolicy } from "./policy.ts";

/** How to make one device: checked, and with what its driver may touch. */
export interface Plan {
  source: DriverSource;
  params: Record<string, unknown>;
  permissions: Permissions;
  /** What it was made from: another version of the driver is judged by that, too. */
  input: PlanInput;
  /** Instead of the device's own policy. */
  restart?: RestartPolicy;
}

/** What a plan is made from, besides the driver. */
export interface PlanInput {
  params: Record<string, unknown>;
  options?: Record<string, unknown>;
  /** What the bench file grants beyond, or takes away from, what the driver asks for. */
  grants?: PermissionGrants;
}

/**
 * Checks a device's params and options against a driver, and grants its permissions. `attempt` begins an error's message.
 *
 * @throws {LabError} `InvalidRequest`, if they do not fit.
 */
export async function planDevice(
  source: DriverSource,
  input: PlanInput,
  attempt: string,
): Promise<Plan> {
  const { params: raw, options, grants } = input;
  const { params, permissions } = await source.checkParams(raw, attempt);
  if (options && Object.keys(options).length) await source.checkOptions(options, attempt);
  return { source, params, permissions: grantPermissions(permissions, grants), input };
}
