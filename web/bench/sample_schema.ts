import type { JsonSchema } from "../../lib/client/mod.ts";
import { devices, drivers } from "./bench.ts";

/** The last known values, by device and by driver: samples keep their unit after the device is removed. */
const types = new Map<string, string>();
const samples = new Map<string, JsonSchema | null | undefined>();

/** The schema of a device's samples; of a removed device, the last known one. */
export function schemaOf(deviceId: string): JsonSchema | null | undefined {
  const type = devices.value?.find(({ device_id }) => device_id === deviceId)?.device_type ?? types.get(deviceId);
  if (type === undefined) return undefined;
  types.set(deviceId, type);
  const driver = drivers.value?.find(({ name }) => name === type);
  if (driver) samples.set(type, driver.sample);
  return samples.get(type);
}
