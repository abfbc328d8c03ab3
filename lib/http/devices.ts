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
import * as operations from "./openapi/device_operations.ts";
import { operation } from "./openapi/operation.ts";

/** `/devices`: what the bench has, and what can be done with it. */
export function deviceRoutes(daemon: LabDaemon): Hono {
  const app = new Hono();
  const device = (c: { req: { param(name: "device_id"): string } }) => daemon.getDevice(c.req.param("device_id"));

  app.get(
    "/",
    operation(operations.listDevices),
    (c) => c.json({ devices: daemon.devices().map((device) => device.status()) }),
  );

  app.post("/", operation(operations.createDevice), async (c) => {
    const { device_id, device_type, params } = await readBody(c, addDeviceRequestSchema);
    const added = await daemon.addDevice(device_id, device_type, params ?? {});
    return c.json(added.status(), 201);
  });

  app.get("/:device_id", operation(operations.getDevice), (c) => c.json(device(c).status()));

  app.delete("/:device_id", operation(operations.deleteDevice), async (c) => {
    await daemon.removeDevice(device(c));
    return c.body(null, 204);
  });

  app.post("/:device_id/connect", operation(operations.connectDevice), async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    await it.connect();
    return c.json(it.status());
  });

  app.post("/:device_id/disconnect", operation(operations.disconnectDevice), async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    await it.disconnect();
    return c.json(it.status());
  });

  app.post("/:device_id/disable", operation(operations.disableDevice), async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    await it.disable();
    return c.json(it.status());
  });

  app.post("/:device_id/enable", operation(operations.enableDevice), async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    it.enable();
    return c.json(it.status());
  });

  app.get("/:device_id/methods", operation(operations.listMethods), (c) => c.json({ methods: device(c).methods }));

  app.post("/:device_id/call", operation(operations.callMethod), async (c) => {
    const it = device(c);
    const { method, args, kwargs } = await readBody(c, callRequestSchema);
    const { bytes } = await it.callEncoded(method, args ?? [], kwargs ?? {});
    const answer = new Blob([`{"result":`, bytes, `,"success":true}`]);
    return c.body(await answer.bytes(), 200, { "Content-Type": "application/json" });
  });

  app.post("/:device_id/stream/start", operation(operations.startStreaming), async (c) => {
    const it = device(c);
    await it.startStreaming(undefined, await readBody(c, optionsRequestSchema));
    return c.json(it.status());
  });

  app.post("/:device_id/stream/stop", operation(operations.stopStreaming), async (c) => {
    const it = device(c);
    await readBody(c, emptyRequestSchema);
    await it.stopStreaming();
    return c.json({ status: "stopped", device_id: it.id, timestamp: timestamp() });
  });

  app.get("/:device_id/error", operation(operations.getError), (c) => c.json({ error: errorOf(device(c)) }));

  app.delete("/:device_id/error", operation(operations.clearError), (c) => {
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
