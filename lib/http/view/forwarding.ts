import { type Context, Hono } from "hono";
import { LabError } from "../../errors.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import { ROUTE_TABLE } from "../access/route_table.ts";
import { fullLines } from "./event_ids.ts";
import { requireBench } from "./fleet_routes.ts";
import type { Forwarder } from "./forward.ts";
import { bareIds, benchOf, type OwnedThing, withBareTexts } from "./view_ids.ts";

/** The first parts of paths with an id behind them that begins with its bench, and the thing that has the id. */
const OWNED: Readonly<Record<string, OwnedThing>> = {
  devices: "device",
  recordings: "recording",
  tasks: "task",
  calls: "call",
  leases: "lease",
};

/** The routes whose answers are values of drivers and tasks, in which no text is an id of the bench. */
const VALUES =
  /^\/devices\/\{device_id\}\/(methods|properties|log|error|call)(\/|$)|\/(data|error|parameters|connection)$/;

/**
 * The routes about one thing of a bench, such as a device or a recording, from the table of scopes. Each request goes
 * to its bench, with the rights of its principal, which the bench checks again.
 */
export function forwarding(forwarder: Forwarder): Hono {
  const app = new Hono();

  const forward = (kind: string, key: string, route: string) => async (c: Context) => {
    const { [key]: full, ...others } = c.req.param() as Record<string, string>;
    const { bench, id } = benchOf(forwarder.benches, full, OWNED[kind]);
    if (kind !== "devices") requireBench(c, bench);
    let path = route.replace(`{${key}}`, encodeURIComponent(id));
    for (const [name, value] of Object.entries(others)) path = path.replace(`{${name}}`, encodeURIComponent(value));
    path += searchOf(c, bench);
    const { method } = c.req;
    const body = ["POST", "PUT"].includes(method) ? await forwarder.read(c) : undefined;
    const sent = kind === "tasks" && body ? withBareTexts(body, bench) as Record<string, unknown> : body;
    const answer = await forwarder.ask(c, {
      bench,
      method,
      path,
      body: sent,
    });
    if (isLines(answer)) return fullLines(answer, bench.name);
    // A call that goes on has an id of the bench.
    if (VALUES.test(route) && answer.status !== 202) return answer;
    return await forwarder.withIds(c, answer, bench.name);
  };
  for (const action of Object.keys(ROUTE_TABLE)) {
    const [method, route] = action.split(" ");
    const [, kind, key] = /^\/(\w+)\/\{(\w+_id)\}/.exec(route) ?? [];
    // One that is away is shown as it was announced.
    if (!Object.hasOwn(OWNED, kind ?? "") || action === "GET /devices/{device_id}") continue;
    app.on(method, route.replaceAll(/\{(\w+)\}/g, ":$1"), forward(kind, key, route));
  }

  return app;
}

/** The query at the bench: the ids in it are its own. */
function searchOf({ req }: Context, bench: KnownBench): string {
  const start = req.url.indexOf("?");
  if (start < 0) return "";
  const query = new URLSearchParams(req.url.slice(start + 1));
  const devices = query.getAll("devices").flatMap((text) => text.split(",")).filter(Boolean);
  if (devices.length === 0) return req.url.slice(start);
  const bare = bareIds(devices, bench);
  if (!bare) {
    const message = `Cannot ${req.method} ${req.path}: "devices" must be of the bench ${JSON.stringify(bench.name)}`;
    throw new LabError("InvalidRequest", message, { context: { issues: [{ path: "devices", message }] } });
  }
  query.set("devices", bare.join(","));
  return `?${query}`;
}

function isLines({ ok, headers }: Response): boolean {
  return ok && headers.get("content-type") === "application/jsonl";
}
