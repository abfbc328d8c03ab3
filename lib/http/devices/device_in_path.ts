import type { Context } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import type { Device } from "../../device/device.ts";

/**
 * The device that a request names by `device_id` in its path.
 *
 * @throws {LabError} `DeviceNotFound`, if there is no such device.
 */
export function deviceInPath(c: Context, daemon: Pick<LabDaemon, "getDevice">): Device {
  return daemon.getDevice(c.req.param("device_id")!);
}
