import { type Context, Hono } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import { setPropertyRequestSchema } from "../../wire/properties.ts";
import { originOf } from "../access/enforce.ts";
import type { BodyReader } from "../request/body.ts";
import { remainingMs } from "../request/validity.ts";
import { deviceInPath } from "./device_in_path.ts";

/** `/devices/{device_id}/properties`: values that can be read and set. */
export function propertyRoutes(daemon: LabDaemon, bodies: BodyReader): Hono {
  const app = new Hono();
  const propertiesOf = (c: Context) => deviceInPath(c, daemon).properties;

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
