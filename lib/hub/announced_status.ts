import type { Device } from "../device/device.ts";

/** The status of a device as it is announced, as JSON. Figures that change with each sample are not in it. */
export function announcedStatus(device: Device): string {
  const { stream: { epoch }, process: _, instrument_clock: __, warnings, lease, ...status } = device.status();
  const owner = lease && { owner: lease.owner, purpose: lease.purpose, since: lease.since, state: lease.state };
  return JSON.stringify({ ...status, epoch, warnings: warnings.map(({ type }) => type), lease: owner });
}
