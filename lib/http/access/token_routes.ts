import { type Context, Hono } from "hono";
import type { z } from "zod";
import type { TokenStore } from "../../access/token_store.ts";
import { LabError } from "../../errors.ts";
import { newTokenRequestSchema } from "../../wire/access.ts";
import { emptyRequestSchema } from "../../wire/requests.ts";

/** Reads the JSON bodies of requests. */
export interface Bodies {
  read<Schema extends z.ZodObject>(c: Context, schema: Schema): Promise<z.output<Schema>>;
}

/**
 * `/tokens`: who may use the daemon.
 *
 * @param store Missing where the bench file says that no token is needed.
 */
export function tokenRoutes(store: TokenStore | undefined, bodies: Bodies): Hono {
  const app = new Hono();
  const tokens = () => store ?? notKept();

  app.get("/", (c) => c.json({ tokens: tokens().list() }));

  app.post("/", async (c) => {
    const request = await bodies.read(c, newTokenRequestSchema);
    return c.json(await tokens().create(request), 201);
  });

  app.delete("/:name", async (c) => {
    await tokens().revoke(c.req.param("name"));
    return c.body(null, 204);
  });

  app.post("/:name/rotate", async (c) => {
    await bodies.read(c, emptyRequestSchema);
    return c.json(await tokens().rotate(c.req.param("name")));
  });

  return app;
}

function notKept(): never {
  throw new LabError("TokensNotKept", "Cannot use tokens: this daemon has none; its bench file says auth: none");
}
