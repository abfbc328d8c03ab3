import type { JSONSchema } from "../../lib/client/server_api.ts";
import { devices, drivers } from "../bench.ts";

/** The schema of a device's samples, as its driver gives it. */
export function schemaOf(deviceId: string): JSONSchema | null | undefined {
  const type = devices.value?.find(({ device_id }) => device_id === deviceId)?.device_type;
  return drivers.value?.find(({ name }) => name === type)?.sample;
}
