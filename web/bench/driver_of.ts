import type { DeviceStatus, DriverStatus, JsonSchema, MethodDescription } from "../../lib/client/mod.ts";

/** The driver of a device, if it is loaded. */
export function driverOf(
  { device_type, bench }: Pick<DeviceStatus, "device_type" | "bench">,
  drivers: readonly DriverStatus[] | undefined,
): DriverStatus | undefined {
  return drivers?.find(({ name, status, bench: of }) => name === device_type && bench === of && status === "loaded");
}

/**
 * The schema of a device's stream options; `undefined` without any. Defaults of the bench file replace those of the driver.
 */
export function optionsOf(
  { options }: Pick<DeviceStatus, "options">,
  driver: DriverStatus | undefined,
): JsonSchema | undefined {
  const { properties = {}, required = [] } = (driver?.options ?? {}) as ObjectSchema;
  const all = Object.entries(properties);
  if (all.length === 0) return undefined;
  return {
    ...driver?.options,
    properties: Object.fromEntries(
      all.map(([key, it]) => [key, key in options ? { ...it, default: options[key] } : it]),
    ),
    required: required.filter((key) => !(key in options)),
  };
}

interface ObjectSchema {
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

/** The methods of a driver's devices. */
export function methodsOf(driver: DriverStatus | undefined): MethodDescription[] {
  return (driver?.methods ?? []) as MethodDescription[];
}
