import { Hono } from "hono";
import { timestamp } from "../../async/clock.ts";
import type { LabDaemon } from "../../daemon.ts";
import { emptyRequestSchema, optionsRequestSchema } from "../../wire/requests.ts";
import type { BodyReader } from "../request/body.ts";
import { deviceInPath } from "./device_in_path.ts";

/** `/devices/{device_id}/stream`: starts and stops a device's streaming. The events themselves are at `/stream`. */
export function streamingRoutes(daemon: LabDaemon, bodies: BodyReader): Hono {
  const app = new Hono();

  app.post("/:device_id/stream/start", async (c) => {
    const device = deviceInPath(c, daemon);
    await device.startStreaming(undefined, await bodies.read(c, optionsRequestSchema), {
      exact: true,
      assertAllowed: c.get("assertStillLeased"),
      fence: c.get("fence"),
    });
    return c.json(device.status());
  });

  app.post("/:device_id/stream/stop", async (c) => {
    const device = deviceInPath(c, daemon);
    await bodies.read(c, emptyRequestSchema);
    await device.stopStreaming();
    return c.json({ status: "stopped", device_id: device.id, timestamp: timestamp() });
  });

  return app;
}
