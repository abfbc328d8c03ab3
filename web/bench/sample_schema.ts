import type { JsonSchema } from "../../lib/client/mod.ts";
import { devices, drivers } from "./bench.ts";

/** What was last known, by device and by driver: what a device has measured keeps its unit when the device is gone. */
const types = new Map<string, string>();
const samples = new Map<string, JsonSchema | null | undefined>();

/** The schema of a device's samples, as its driver gives it; of a device that is gone, as its driver gave it. */
export function schemaOf(deviceId: string): JsonSchema | null | undefined {
  const type = devices.value?.find(({ device_id }) => device_id === deviceId)?.device_type ?? types.get(deviceId);
  if (type === undefined) return undefined;
  types.set(deviceId, type);
  const driver = drivers.value?.find(({ name }) => name === type);
  if (driver) samples.set(type, driver.sample);
  return samples.get(type);
}
