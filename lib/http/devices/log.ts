import { Hono } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import type { Device } from "../../device/device.ts";
import { LabError } from "../../errors.ts";
import { deviceLogQuerySchema } from "../../wire/requests.ts";
import { readQuery } from "../request/query.ts";
import { deviceInPath } from "./device_in_path.ts";

/** `/devices/{device_id}/log` and `/error`: the lines that a device has written, and its last error. */
export function deviceLogRoutes(daemon: LabDaemon): Hono {
  const app = new Hono();

  app.get("/:device_id/log", (c) => {
    const device = deviceInPath(c, daemon);
    const { from = 0 } = readQuery(c, deviceLogQuerySchema, "Cannot GET the log of a device");
    return c.json(device.logFrom(from), 200, { "Cache-Control": "no-store" });
  });

  app.get("/:device_id/error", (c) => c.json({ error: errorOf(deviceInPath(c, daemon)) }));

  app.delete("/:device_id/error", (c) => {
    const device = deviceInPath(c, daemon);
    errorOf(device);
    device.clearError();
    return c.json({ status: "cleared", device_id: device.id });
  });

  return app;
}

/** The last error of a device; throws `NoError` without one. Its message has the status, by which some clients know it. */
function errorOf({ id, lastError }: Device): LabError {
  if (lastError) return lastError;
  throw new LabError("NoError", `Cannot find an error of "${id}": none is recorded (404)`, {
    context: { device_id: id },
  });
}
