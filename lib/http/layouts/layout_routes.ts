import { Hono } from "hono";
import { z } from "zod";
import { parseInput } from "../../host/parse_input.ts";
import type { Layouts } from "../../layouts/layouts.ts";
import { layoutNameSchema, type LayoutsAnswer, saveLayoutRequestSchema } from "../../wire/pages/layouts.ts";
import { originOf } from "../access/enforce.ts";
import type { Bodies } from "../access/token_routes.ts";

const nameSchema = z.strictObject({ name: layoutNameSchema });

/** `/layouts`: saved views of pages, by the names that people gave. */
export function layoutRoutes(layouts: Layouts, bodies: Bodies): Hono {
  const app = new Hono();

  app.get("/", async (c) => {
    const answer: LayoutsAnswer = { layouts: await layouts.list() };
    return c.json(answer);
  });

  app.get("/:name", async (c) => c.json(await layouts.get(c.req.param("name"))));

  app.put("/:name", async (c) => {
    const given = c.req.param();
    const { layout } = await bodies.read(c, saveLayoutRequestSchema);
    const { name } = parseInput(nameSchema, given, "Cannot save the layout") as z.output<typeof nameSchema>;
    return c.json(await layouts.save(name, layout, originOf(c).by));
  });

  app.delete("/:name", async (c) => {
    await layouts.delete(c.req.param("name"));
    return c.body(null, 204);
  });

  return app;
}
