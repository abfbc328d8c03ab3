import { timestamp } from "../async/clock.ts";
import type { Device } from "../device/device.ts";
import type { DeviceSnapshot, Snapshot } from "../wire/snapshot.ts";

/**
 * The state of some devices. Their properties are read from the instruments, of all devices at the same time; one that
 * cannot be read is listed as missing.
 */
export async function takeSnapshot(devices: readonly Device[]): Promise<Snapshot> {
  const taken_at = timestamp();
  return { taken_at, devices: await Promise.all(devices.map(snapshotOf)) };
}

async function snapshotOf(device: Device): Promise<DeviceSnapshot> {
  const { id: device_id, type: device_type, plan: { source: { fileVersion } } } = device;
  const { params, options } = device.status();
  const properties: Record<string, unknown> = {};
  const missing: DeviceSnapshot["missing"] = [];
  for (const property of await device.properties.readAll()) {
    const { name, value, timestamp, error } = property;
    const attempt = `Cannot get "${name}" of "${device_id}"`;
    if (error) missing.push({ name, why: error.message });
    else if (timestamp === null) missing.push({ name, why: `${attempt}: it cannot be read, and was not set yet` });
    else if (device.properties.isSecret(property)) missing.push({ name, why: `${attempt}: it is a secret` });
    else properties[name] = value;
  }
  const driver = { file: fileVersion?.file ?? null, hash: fileVersion?.hash ?? null };
  return { device_id, device_type, driver, params, options, properties, missing };
}
