import { type Context, Hono } from "hono";
import type { LabDaemon } from "../daemon.ts";
import { setPropertyRequestSchema } from "../wire/properties.ts";
import { originOf, requireDevice, seesDevice } from "./access/enforce.ts";
import { restoreRequestSchema } from "../wire/snapshot.ts";
import type { BodyReader } from "./body.ts";
import { remainingMs } from "./validity.ts";

/** `/devices/{device_id}/properties`: what can be read and set. */
export function propertyRoutes(daemon: LabDaemon, bodies: BodyReader): Hono {
  const app = new Hono();
  const propertiesOf = (c: Context) => daemon.getDevice(c.req.param("device_id")!).properties;

  app.get("/:device_id/properties", async (c) => {
    const properties = propertiesOf(c);
    return c.json({ properties: (await properties.readAll()).map((it) => properties.shown(it)) });
  });

  app.get("/:device_id/properties/:name", async (c) => {
    const properties = propertiesOf(c);
    return c.json(properties.shown(await properties.read(c.req.param("name"))));
  });

  app.put("/:device_id/properties/:name", async (c) => {
    const properties = propertiesOf(c);
    const { value } = await bodies.read(c, setPropertyRequestSchema);
    const options = { validMs: remainingMs(c), origin: originOf(c) };
    return c.json(properties.shown(await properties.write(c.req.param("name"), value, options)));
  });

  return app;
}

/** `/snapshot` and `/restore`: the properties of the whole bench. */
export function snapshotRoutes(daemon: LabDaemon, bodies: BodyReader): Hono {
  const app = new Hono();

  app.get("/snapshot", async (c) => c.json(await daemon.snapshot(({ id }) => seesDevice(c, id))));

  app.post("/restore", async (c) => {
    const { devices, dry_run } = await bodies.read(c, restoreRequestSchema);
    for (const { device_id } of devices) requireDevice(c, device_id);
    if (!dry_run) c.get("assertLease")(devices.map(({ device_id }) => device_id));
    return c.json(await daemon.restore({ devices }, { dryRun: dry_run ?? false, origin: originOf(c) }));
  });

  return app;
}
