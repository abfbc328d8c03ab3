import { Hono } from "hono";
import { getPath } from "hono/utils/url";
import config from "../../../deno.json" with { type: "json" };
import { Access } from "../../access/access.ts";
import { timestamp } from "../../async/clock.ts";
import { LabError } from "../../errors.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import { Layouts } from "../../layouts/layouts.ts";
import { accessRoutes } from "../access/access_routes.ts";
import { audited } from "../access/audit.ts";
import { type ClientLimits, limitRequests, OpenStreams } from "../access/client_limits.ts";
import { assertDeclared, enforce } from "../access/enforce.ts";
import type { App } from "../app.ts";
import { AppRouter } from "../pages/app_router.ts";
import { BodyReader, DEFAULT_MAX_BODY_BYTES, limitBody } from "../request/body.ts";
import { docsRoutes } from "../docs/docs.ts";
import { everyRequest, type EveryRequestOptions, unknownPath } from "../every_request.ts";
import { pathBelow } from "../forwarded.ts";
import { helpRoutes } from "../help/help_routes.ts";
import { layoutRoutes } from "../layouts/layout_routes.ts";
import { HttpCounts } from "../metrics/http_counts.ts";
import { RoutesDocument } from "../openapi/bench_document.ts";
import { pageRoutes } from "../pages/pages.ts";
import { commandValidity, daemonClock } from "../request/validity.ts";
import { fleetMetrics } from "./fleet_metrics.ts";
import { fleetRoutes } from "./fleet_routes.ts";
import { Forwarder } from "./forward.ts";
import { forwarding } from "./forwarding.ts";
import { listRoutes } from "./lists.ts";
import { manyBenches } from "./many_benches.ts";
import { VIEW_OPERATIONS } from "./view_operations.ts";
import type { ViewStream } from "./view_stream.ts";
import { KeptPlaces } from "./kept_places.ts";
import { viewStreamRoutes } from "./view_streams.ts";

/** The rights to use a view, and its limits. */
export interface ViewAppOptions extends EveryRequestOptions {
  /** @default {1_048_576} */
  maxBody?: number;
  /** @default {Access.none()} */
  access?: Access;
  /** The layouts of the dashboard; by default, they are not kept when the view ends. */
  layouts?: Layouts;
  clientLimits?: ClientLimits;
}

/** A view knows no schemas of params, so its audit log leaves out the input of drivers. */
const NO_DRIVERS = { devices: () => [], drivers: () => [] };

/** The HTTP contract of a view: that of a daemon, over all benches of a hub. */
export function createViewApp(fleet: FleetAccess, options: ViewAppOptions = { host: "127.0.0.1" }): App {
  const { maxBody = DEFAULT_MAX_BODY_BYTES, basePath = "", access = Access.none(), clientLimits } = options;
  const { version } = config;
  const epoch = crypto.randomUUID().slice(0, 4);
  let isStopping = false;
  const described = new RoutesDocument(version, VIEW_OPERATIONS);
  const app = new Hono({
    router: new AppRouter(),
    getPath: (request) => withOneId(pathBelow(basePath, getPath(request))),
  });
  const streams = new Set<ViewStream>();
  const kept = new KeptPlaces();
  const http = new HttpCounts();
  everyRequest(app, options, access, http.middleware());
  app.use(daemonClock(epoch), enforce(access), limitRequests(access, clientLimits), commandValidity(epoch));
  app.use(limitBody(maxBody), audited(NO_DRIVERS, access));

  const bodies = new BodyReader(maxBody);
  const forwarder = new Forwarder(fleet, bodies);
  app.route("/", pageRoutes());
  app.get("/", async (c) => c.json({ name: "LabDaemon", version, view: true, endpoints: await described.endpoints() }));
  app.get("/openapi.json", async (c) => c.json(await described.get()));
  app.route("/", docsRoutes());
  app.route("/", helpRoutes());
  app.get("/health", (c) => c.json({ status: "healthy", timestamp: timestamp(), view: true }));
  app.get("/livez", (c) => c.json({ status: "alive", timestamp: timestamp() }));
  app.get("/readyz", (c) => {
    if (!isStopping && fleet.isConnected) return c.json({ status: "ready", timestamp: timestamp() });
    const reason = isStopping
      ? { type: "Stopping", message: "the view stops" }
      : { type: "DaemonFailure", message: "the hub is not reached" };
    throw new LabError("NotReady", `Cannot show the benches: ${reason.message}`, { context: { reasons: [reason] } });
  });
  app.get("/metrics", (c) => {
    const text = fleetMetrics(fleet, { version, openStreams: streams.size, http });
    return c.body(text, 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
  });
  app.route("/", fleetRoutes(fleet, forwarder));
  app.route("/", listRoutes(fleet, forwarder));
  app.route("/", manyBenches(fleet, forwarder));
  app.route("/", forwarding(forwarder));
  const counts = new OpenStreams(access, clientLimits);
  app.route("/stream", viewStreamRoutes({ fleet, open: streams, counts, kept }));
  app.route("/", accessRoutes(access, bodies));
  app.route("/layouts", layoutRoutes(options.layouts ?? new Layouts(), bodies));
  assertDeclared(app);
  app.notFound((c) => unknownPath(app, c));

  return {
    fetch: (request, peer) => app.fetch(request, peer),
    request: app.request,
    routes: app.routes,
    close: async () => {
      isStopping = true;
      for (const stream of [...streams]) stream.close();
      kept[Symbol.dispose]();
      await Promise.resolve();
    },
  };
}

/** The id of a thing of a bench has a slash: `/devices/lab3/daq1/call` is `/devices/lab3%2Fdaq1/call`. */
function withOneId(path: string): string {
  return path.replace(/^(\/(?:(?:stream\/)?devices|recordings|tasks|calls|leases)\/[^/%]+)\/([^/]+)/, "$1%2F$2");
}
