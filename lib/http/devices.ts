import { Hono } from "hono";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import { LabError } from "../errors.ts";
import {
  addDeviceRequestSchema,
  callRequestSchema,
  emptyRequestSchema,
  optionsRequestSchema,
} from "../wire/requests.ts";
import { readBody } from "./body.ts";

/** `/devices`: what the bench has, and what can be done with it. */
export function deviceRoutes(daemon: LabDaemon): Hono {
  const app = new Hono();
  const device = (c: { req: { param(name: "device_id"): string } }) => daemon.getDevice(c.req.param("device_id"));

  app.get(
    "/",
    (c) => c.json({ devices: daemon.devices().map((device) => device.status()) }),
  );

  app.post("/", async (c) => {
    const { device_id, device_type, params } = await readBody(c, addDeviceRequestSchema);
    const added = await daemon.addDevice(device_id, device_type, params ?? {});
    return c.json(added.status(), 201);
  });

  app.get("/:device_id", (c) => c.json(device(c).status()));

  app.delete("/:device_id", async (c) => {
    await daemon.removeDevice(device(c));
    return c.body(null, 204);
  });

  app.post("/:device_id/connect", async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    await it.connect();
    return c.json(it.status());
  });

  app.post("/:device_id/disconnect", async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    await it.disconnect();
    return c.json(it.status());
  });

  app.post("/:device_id/disable", async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    await it.disable();
    return c.json(it.status());
  });

  app.post("/:device_id/enable", async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    it.enable();
    return c.json(it.status());
  });

  app.get("/:device_id/methods", (c) => c.json({ methods: device(c).methods }));

  app.post("/:device_id/call", async (c) => {
    const it = device(c);
    const { method, args, kwargs } = await readBody(c, callRequestSchema);
    const { bytes } = await it.callEncoded(method, args ?? [], kwargs ?? {});
    const answer = new Blob([`{"result":`, bytes, `,"success":true}`]);
    return c.body(await answer.bytes(), 200, { "Content-Type": "application/json" });
  });

  app.post("/:device_id/stream/start", async (c) => {
    const it = device(c);
    await it.startStreaming(undefined, await readBody(c, optionsRequestSchema));
    return c.json(it.status());
  });

  app.post("/:device_id/stream/stop", async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    await it.stopStreaming();
    return c.json({ status: "stopped", device_id: it.id, timestamp: timestamp() });
  });

  app.get("/:device_id/error", (c) => c.json({ error: errorOf(device(c)) }));

  app.delete("/:device_id/error", (c) => {
    const it = device(c);
    errorOf(it);
    it.clearError();
    return c.json({ status: "cleared", device_id: it.id });
  });

  return app;
}

function errorOf({ id, lastError }: { id: string; lastError: LabError | undefined }): LabError {
  if (lastError) return lastError;
  throw new LabError("NoError", `Cannot find an error of "${id}": none is recorded (404)`, {
    context: { device_id: id },
  });
}
