import { type Context, Hono } from "hono";
import config from "../../deno.json" with { type: "json" };
import type { Access } from "../access/access.ts";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import type { UnreadableFile } from "../wire/server.ts";
import { seesDevice } from "./access/enforce.ts";
import { identify } from "./access/identify.ts";
import { listText, unreadableDriver } from "./devices/list_text.ts";
import { BenchDocument, RoutesDocument } from "./openapi/bench_document.ts";

/** `/`, `/openapi.json`, `/health` and `/drivers`: the daemon itself, and its interface. */
export function aboutRoutes(daemon: LabDaemon, access: Access, unreadable: readonly UnreadableFile[]): Hono {
  const { version } = config;
  const app = new Hono();
  const described = new RoutesDocument(version);
  let document: BenchDocument | undefined;

  app.get("/", async (c) => c.json({ name: "LabDaemon", version, endpoints: await described.endpoints() }));

  app.get("/openapi.json", async (c) => {
    const seen = daemon.devices().filter(({ id }) => seesDevice(c, id));
    const devices = seen.map(({ id, plan, sample }) => ({ id, driver: plan.source.description, sample }));
    document ??= new BenchDocument(await described.get());
    return c.body(await document.bytes(daemon.drivers(), devices), 200, { "Content-Type": "application/json" });
  });

  app.get("/health", (c) => {
    const shown = unreadable.length > 0 && seesAllDevices(c, access) ? { unreadable_files: unreadable } : {};
    return c.json({ status: "healthy", timestamp: timestamp(), ...shown });
  });

  app.get("/drivers", (c) => {
    const text = listText("drivers", daemon.drivers(), (driver) => driver, unreadableDriver);
    return c.body(text, 200, { "Content-Type": "application/json" });
  });

  return app;
}

/** True for a request with a token of all devices, on a route that needs no token. */
function seesAllDevices(c: Context, access: Access): boolean {
  try {
    return identify(c, access).seesAll;
  } catch {
    return false;
  }
}
