import type { JsonSchema } from "../../lib/client/mod.ts";
import { devices, drivers } from "./bench.ts";

/** The last known schemas, by device: samples keep their unit after the device is removed. */
const samples = new Map<string, JsonSchema | null | undefined>();

/** The schema of a device's samples, its own or its driver's; for a removed device, the last known schema. */
export function schemaOf(deviceId: string): JsonSchema | null | undefined {
  const device = devices.value?.find(({ device_id }) => device_id === deviceId);
  const driver = drivers.value?.find(({ name }) => name === device?.device_type);
  const found = device?.sample ?? driver?.sample;
  if (device && (device.sample || driver)) samples.set(deviceId, found);
  return samples.get(deviceId);
}
