import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import config from "../../deno.json" with { type: "json" };
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import { LabError } from "../errors.ts";
import type { EventStream } from "../stream/mod.ts";
import { deviceRoutes } from "./devices.ts";
import { errorResponse } from "./error_response.ts";
import { guard, type GuardOptions } from "./guard.ts";
import { allowedMethods } from "./allowed_methods.ts";
import { pageRoutes } from "./pages.ts";
import { streamRoutes } from "./streams.ts";

/** The largest body that is read. */
const LARGEST_BODY = 1024 * 1024;

/** What `GET /` tells a program. */
const ENDPOINTS = {
  "GET /health": "whether the daemon answers",
  "GET /drivers": "the device types, and the driver files that failed to load",
  "GET /devices": "all devices",
  "POST /devices": "make a device",
  "GET /devices/{device_id}": "one device",
  "DELETE /devices/{device_id}": "stop, disconnect and remove it",
  "POST /devices/{device_id}/connect": "connect it, and keep it connected",
  "POST /devices/{device_id}/disconnect": "disconnect it",
  "POST /devices/{device_id}/disable": "take it out of service",
  "POST /devices/{device_id}/enable": "put it back into service",
  "GET /devices/{device_id}/methods": "what can be called",
  "POST /devices/{device_id}/call": "call a method",
  "POST /devices/{device_id}/stream/start": "start streaming",
  "POST /devices/{device_id}/stream/stop": "stop streaming",
  "GET /devices/{device_id}/error": "its last error",
  "DELETE /devices/{device_id}/error": "clear its last error",
  "GET /stream/devices/{device_id}": "its events, as they come",
  "GET /stream?devices=a,b": "the events of several devices, or of all (*)",
};

/** The web layer of one daemon. */
export interface App {
  /** Answers one request. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** The same for tests: a path instead of a request. */
  readonly request: Hono["request"];
  /** Ends all streams: a server cannot shut down while one is open. */
  closeStreams(): void;
}

/** The whole HTTP contract over a daemon. It neither listens nor shuts the daemon down. */
export function createApp(daemon: LabDaemon, options: GuardOptions = { host: "127.0.0.1" }): App {
  const app = new Hono();
  const streams = new Set<EventStream>();

  app.onError((error) => errorResponse(error));
  app.use(guard(options));
  app.use(cors({
    origin: (origin) => origin,
    allowMethods: ["GET", "POST", "DELETE"],
    allowHeaders: ["Content-Type", "Last-Event-ID", "Cache-Control"],
    maxAge: 600,
  }));
  app.use(async (c, next) => {
    await next();
    c.res.headers.set("X-Content-Type-Options", "nosniff");
    c.res.headers.set("X-Frame-Options", "SAMEORIGIN");
  });
  app.use(bodyLimit({
    maxSize: LARGEST_BODY,
    onError: (c) => {
      throw new LabError(
        "BodyTooLarge",
        `Cannot ${c.req.method} ${c.req.path}: the body is larger than ${LARGEST_BODY} bytes`,
      );
    },
  }));

  app.get("/", (c) => {
    if (c.req.header("accept")?.includes("text/html")) return c.redirect("/examples/browser.html");
    return c.json({ name: "LabDaemon", version: config.version, endpoints: ENDPOINTS });
  });
  app.get("/health", (c) => c.json({ status: "healthy", timestamp: timestamp() }));
  app.get("/drivers", (c) => c.json({ drivers: daemon.drivers() }));
  app.route("/devices", deviceRoutes(daemon));
  app.route("/stream", streamRoutes(daemon, streams));
  app.route("/", pageRoutes());

  app.notFound((c) => {
    const { method, path } = c.req;
    const allowed = allowedMethods(app, path);
    if (!allowed.length) {
      return errorResponse(
        new LabError("NotFound", `Cannot ${method} ${path}: there is no such path; GET / lists them`),
      );
    }
    const error = new LabError("MethodNotAllowed", `Cannot ${method} ${path}: allowed are ${allowed.join(", ")}`);
    return errorResponse(error, { Allow: allowed.join(", ") });
  });

  return {
    fetch: (request) => app.fetch(request),
    request: app.request,
    closeStreams: () => {
      for (const stream of [...streams]) stream.close();
    },
  };
}
