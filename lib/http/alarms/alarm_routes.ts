import { Hono } from "hono";
import type { Alarms } from "../../alarms/alarms.ts";
import type { LabDaemon } from "../../daemon.ts";
import { acknowledgeRequestSchema, type AlarmsAnswer } from "../../wire/alarms.ts";
import { originOf, seesDevice } from "../access/enforce.ts";
import type { Bodies } from "../access/token_routes.ts";

/** The alarms of all devices, and of each. */
export function alarmRoutes(daemon: LabDaemon, alarms: Alarms, bodies: Bodies): Hono {
  const app = new Hono();

  app.get("/alarms", (c) => {
    const answer: AlarmsAnswer = { alarms: alarms.list(({ id }) => seesDevice(c, id)) };
    return c.json(answer);
  });

  app.get("/devices/:device_id/alarms", (c) => {
    const device = daemon.getDevice(c.req.param("device_id"));
    const answer: AlarmsAnswer = { alarms: alarms.list((it) => it === device) };
    return c.json(answer);
  });

  app.post("/devices/:device_id/alarms/:name/acknowledge", async (c) => {
    const { device_id: deviceId, name } = c.req.param();
    const { note } = await bodies.read(c, acknowledgeRequestSchema);
    return c.json(alarms.acknowledge(deviceId, name, originOf(c).by, note ?? null));
  });

  return app;
}
