import { Hono } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import { callRequestSchema, optionsRequestSchema } from "../../wire/requests.ts";
import { originOf } from "../access/enforce.ts";
import type { BodyReader } from "../request/body.ts";
import { remainingMs } from "../request/validity.ts";
import { deviceInPath } from "./device_in_path.ts";
import { callResponse } from "./calls.ts";

/** `/devices/{device_id}/methods` and `/call`: the methods of a device, and calls of them. */
export function methodRoutes(daemon: LabDaemon, bodies: BodyReader): Hono {
  const app = new Hono();

  app.get("/:device_id/methods", (c) => c.json({ methods: deviceInPath(c, daemon).methods }));

  app.post("/:device_id/call", async (c) => {
    const device = deviceInPath(c, daemon);
    const { method, args, kwargs } = await bodies.read(c, callRequestSchema);
    const call = { method, args: args ?? [], kwargs: kwargs ?? {} };
    const started = device.startCall(call, { validMs: remainingMs(c), origin: originOf(c) });
    return await callResponse(c, started, [`{"result":`, `,"success":true}`]);
  });

  app.post("/:device_id/methods/:method", async (c) => {
    const device = deviceInPath(c, daemon);
    const kwargs = await bodies.read(c, optionsRequestSchema);
    const call = { method: c.req.param("method"), args: [], kwargs };
    return await callResponse(c, device.startCall(call, { validMs: remainingMs(c), origin: originOf(c) }));
  });

  return app;
}
