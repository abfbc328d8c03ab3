import type { Device } from "../device/device.ts";

/** Facts of the machine, the same in every description. */
export interface Host {
  hostname: string | null;
  versions: Record<string, string>;
}

/** The description of a device in a recording: all that its samples' meaning depends on. It has no secrets. */
export function descriptorOf(device: Device, { hostname, versions }: Host): Record<string, unknown> {
  const { source: { description, fileVersion } } = device.plan;
  const { params, options, device_type } = device.status();
  return {
    device_type,
    driver: { file: fileVersion?.file ?? null, hash: fileVersion?.hash ?? null },
    params,
    options,
    sample: description.sample,
    properties: description.properties.map(({ name, schema, writable }) => ({ name, schema, writable })),
    host: hostname,
    versions,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
