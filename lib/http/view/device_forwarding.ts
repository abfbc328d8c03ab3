import { type Context, Hono } from "hono";
import { ROUTE_TABLE } from "../access/route_table.ts";
import type { Forwarder } from "./forward.ts";
import { benchOf, withBenchIds } from "./view_ids.ts";

const DEVICE = "/devices/{device_id}";

/** The routes whose answers are values of drivers, in which no text is an id of the bench. */
const VALUES = /\/(methods|properties|history|log|error|call)(\/|$)/;

/** All routes of a device: each request goes to its bench, by the rights of the one who asks. */
export function deviceForwarding(forwarder: Forwarder): Hono {
  const app = new Hono();

  const forward = (route: string) => async (c: Context) => {
    const { device_id: full, ...others } = c.req.param() as Record<string, string>;
    const { bench, id } = benchOf(forwarder.benches, full);
    let path = route.replace("{device_id}", encodeURIComponent(id));
    for (const [name, value] of Object.entries(others)) path = path.replace(`{${name}}`, encodeURIComponent(value));
    path += searchOf(c);
    const hasBody = ["POST", "PUT"].includes(c.req.method);
    const asked = { bench, path, ...hasBody && { body: await forwarder.read(c) } };
    const answer = await forwarder.ask(c, asked);
    // A call that goes on has an id of the bench.
    if (VALUES.test(route) && answer.status !== 202) return answer;
    return await forwarder.withIds(c, answer, bench.name);
  };
  for (const action of Object.keys(ROUTE_TABLE)) {
    const [method, route] = action.split(" ");
    if (!route.startsWith(`${DEVICE}/`) && !(route === DEVICE && method === "DELETE")) continue;
    app.on(method, route.slice("/devices".length).replaceAll(/\{(\w+)\}/g, ":$1"), forward(route));
  }

  app.post("/", async (c) => {
    const input = await forwarder.read(c);
    const { bench, body } = withBenchIds(forwarder.benches, input, "Cannot POST /devices");
    return await forwarder.askForIds(c, { bench, path: "/devices", body });
  });

  return app;
}

function searchOf({ req }: Context): string {
  const start = req.url.indexOf("?");
  return start < 0 ? "" : req.url.slice(start);
}
