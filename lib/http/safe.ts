import { Hono } from "hono";
import type { LabDaemon } from "../daemon.ts";
import type { SafeOutcome } from "../device/safe_outcome.ts";
import { type SafeAnswer, safeRequestSchema } from "../wire/requests.ts";
import { seesDevice } from "./access/enforce.ts";
import type { BodyReader } from "./body.ts";

/** The reason for a request that gives none. */
export const DEFAULT_REASON = "on request";

/** `/safe`: makes all devices of the bench safe. */
export function safeRoutes(daemon: LabDaemon, bodies: BodyReader): Hono {
  const app = new Hono();
  app.post("/", async (c) => {
    const { reason } = await bodies.read(c, safeRequestSchema);
    return c.json(safeAnswer(await daemon.makeSafe(reason ?? DEFAULT_REASON, ({ id }) => seesDevice(c, id))));
  });
  return app;
}

/** The outcomes as the answer has them. */
export function safeAnswer(outcomes: SafeOutcome[]): SafeAnswer {
  const results = outcomes.map(({ device, error }) => ({
    device_id: device.id,
    ok: error === undefined,
    ...(error && { error: error.toJSON() }),
  }));
  return { results };
}
