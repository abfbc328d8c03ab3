import { grantPermissions, type PermissionGrants, type Permissions } from "../driver/permissions.ts";
import type { DriverSource } from "./driver_source.ts";

/** How to make one device: checked, and with what its driver may touch. */
export interface Plan {
  source: DriverSource;
  params: Record<string, unknown>;
  permissions: Permissions;
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
  { params: raw, options, grants }: PlanInput,
  attempt: string,
): Promise<Plan> {
  const { params, permissions } = await source.checkParams(raw, attempt);
  if (options && Object.keys(options).length) await source.checkOptions(options, attempt);
  return { source, params, permissions: grantPermissions(permissions, grants) };
}
