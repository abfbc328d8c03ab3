import type { DeviceStatus, DriverStatus, JsonSchema, MethodDescription } from "../../lib/client/mod.ts";

/** The driver of a device, if it is loaded. */
export function driverOf(
  { device_type }: Pick<DeviceStatus, "device_type">,
  drivers: readonly DriverStatus[] | undefined,
): DriverStatus | undefined {
  return drivers?.find(({ name, status }) => name === device_type && status === "loaded");
}

/**
 * The schema of what shapes a device's runs; `undefined` if there is nothing to choose. What the bench file says of them
 * holds before what the driver says.
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

/** What can be called on a driver's devices. */
export function methodsOf(driver: DriverStatus | undefined): MethodDescription[] {
  return (driver?.methods ?? []) as MethodDescription[];
}
