import { Hono } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import { safeAnswer, safeOutcome } from "../../device/safe_outcome.ts";
import { safeRequestSchema } from "../../wire/requests.ts";
import { seesDevice } from "../access/enforce.ts";
import type { BodyReader } from "../request/body.ts";

/** The reason for a request that gives none. */
const DEFAULT_REASON = "on request";

/** `/safe`: makes all devices of the bench safe. */
export function safeRoutes(daemon: LabDaemon, bodies: BodyReader): Hono {
  const app = new Hono();
  app.post("/", async (c) => {
    const { reason } = await bodies.read(c, safeRequestSchema);
    return c.json(safeAnswer(await daemon.makeSafe(reason ?? DEFAULT_REASON, ({ id }) => seesDevice(c, id))));
  });
  return app;
}

/** `/devices/{device_id}/safe`: makes one device safe. */
export function deviceSafeRoutes(daemon: LabDaemon, bodies: BodyReader): Hono {
  const app = new Hono();
  app.post("/:device_id/safe", async (c) => {
    const device = daemon.getDevice(c.req.param("device_id"));
    const { reason } = await bodies.read(c, safeRequestSchema);
    return c.json(safeAnswer([await safeOutcome(device, reason ?? DEFAULT_REASON)]));
  });
  return app;
}
