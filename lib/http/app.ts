import { Hono } from "hono";
import { getPath } from "hono/utils/url";
import config from "../../deno.json" with { type: "json" };
import { Access } from "../access/access.ts";
import { Alarms } from "../alarms/alarms.ts";
import type { LabDaemon } from "../daemon.ts";
import { HistoryProcesses, type StartHistory } from "../recording/history/history_process.ts";
import type { Recordings } from "../recording/recordings.ts";
import { KeptDevices } from "../kept_devices/kept_devices.ts";
import { Layouts } from "../layouts/layouts.ts";
import { Leases } from "../leases/leases.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { EventStream } from "../stream/mod.ts";
import type { UnreadableFile } from "../wire/server.ts";
import { assertDeclared, enforce } from "./access/enforce.ts";
import { audited } from "./access/audit.ts";
import { type ClientLimits, limitRequests } from "./access/client_limits.ts";
import { leased } from "./access/leased.ts";
import type { Peer } from "./access/peer.ts";
import { AppRouter } from "./pages/app_router.ts";
import { DEFAULT_MAX_BODY_BYTES, limitBody } from "./request/body.ts";
import { everyRequest, type EveryRequestOptions, unknownPath } from "./every_request.ts";
import { pathBelow } from "./forwarded.ts";
import { type ConnectionCounts, Metrics } from "./metrics/metrics.ts";
import { recordLeaseEnds } from "./access/lease_routes.ts";
import { readinessRoutes, type ReadinessSources } from "./readiness.ts";
import { commandValidity, daemonClock } from "./request/validity.ts";
import { addRoutes } from "./routes.ts";

/** The web layer of one daemon. */
export interface App {
  /** Answers one request. */
  readonly fetch: (request: Request, peer?: Peer) => Response | Promise<Response>;
  /** As `fetch`, with a path: for tests. */
  readonly request: Hono["request"];
  /** Every route, and every middleware. */
  readonly routes: Hono["routes"];
  /**
   * Ends all streams, and all timers: a server cannot shut down while a stream is open. Resolves when the processes that read
   * histories have ended.
   */
  close(): Promise<void>;
}

/** The rights to use the daemon, and its limits. */
export interface AppOptions extends EveryRequestOptions {
  /**
   * The limit of a body that goes to a driver, in bytes.
   *
   * @default {1_048_576}
   */
  maxBody?: number;
  /**
   * The reasons why no driver can run on this machine, for `GET /readyz`.
   *
   * @default {[]}
   */
  missing?: ReadinessSources["missing"];
  /**
   * The files of the data folder that could not be read, for `GET /health`.
   *
   * @default {[]}
   */
  unreadable?: readonly UnreadableFile[];
  /**
   * The tokens, sessions and rights of the daemon.
   *
   * @default {Access.none()}
   */
  access?: Access;
  /** The recordings of the bench. Without this, recording is refused. */
  recordings?: Recordings;
  /** The leases of the bench; by default, leases that are not kept when the daemon ends. */
  leases?: Leases;
  /** The tasks of the bench, which use its leases. Without this, tasks are refused. */
  tasks?: Tasks;
  /** The alarms of the bench. By default, there are none. */
  alarms?: Alarms;
  /** The layouts of the dashboard; by default, they are not kept when the daemon ends. */
  layouts?: Layouts;
  /** The devices that outlast the daemon; by default, none can be kept. */
  kept?: KeptDevices;
  /** Reads a span of a device's past; by default in a process of its own. */
  startHistory?: StartHistory;
  /** The limits of one client. */
  clientLimits?: ClientLimits;
  /** The connections that are open, for `GET /metrics`. Unknown by default. */
  connections?: ConnectionCounts;
}

/** The HTTP contract of a daemon. The app neither listens nor shuts the daemon down. */
export function createApp(daemon: LabDaemon, options: AppOptions = { host: "127.0.0.1" }): App {
  const {
    maxBody = DEFAULT_MAX_BODY_BYTES,
    missing = [],
    unreadable = [],
    basePath = "",
    access = Access.none(),
    clientLimits,
    recordings,
    alarms = new Alarms({ bench: daemon, rules: new Map() }),
    connections,
    tasks,
    leases = new Leases(daemon),
    layouts = new Layouts(),
    kept = new KeptDevices(),
  } = options;
  const histories = new HistoryProcesses();
  let isStopping = false;
  const app = new Hono({ router: new AppRouter(), getPath: (request) => pathBelow(basePath, getPath(request)) });
  const streams = new Set<EventStream>();

  const openStreams = () => streams.size;
  const metrics = new Metrics(daemon, { version: config.version, openStreams, connections, recordings });
  everyRequest(app, options, access, metrics.middleware());
  app.use(
    daemonClock(daemon.epoch),
    enforce(access),
    limitRequests(access, clientLimits),
    commandValidity(daemon.epoch),
  );
  app.use(limitBody(maxBody));
  const known = { devices: () => daemon.devices(), drivers: () => daemon.drivers(), taskTypes: tasks?.types };
  app.use(audited(known, access), leased(daemon, leases));
  const stopRecording = recordLeaseEnds(leases, access);

  app.route("/metrics", metrics.routes());
  app.route("/", readinessRoutes(daemon, { missing, isStopping: () => isStopping }));
  addRoutes(app, daemon, {
    ...{ access, alarms, clientLimits, kept, layouts, leases, maxBody, recordings, streams, tasks, unreadable },
    startHistory: options.startHistory ?? histories.start,
  });
  assertDeclared(app);

  app.notFound((c) => unknownPath(app, c));

  return {
    fetch: (request, peer) => app.fetch(request, peer),
    request: app.request,
    routes: app.routes,
    close: () => {
      isStopping = true;
      const closed = histories.close();
      metrics.close();
      stopRecording();
      leases.close();
      for (const stream of [...streams]) stream.close();
      return closed;
    },
  };
}
