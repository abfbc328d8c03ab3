import type { Hono } from "hono";
import type { Access } from "../access/access.ts";
import type { Alarms } from "../alarms/alarms.ts";
import type { LabDaemon } from "../daemon.ts";
import type { KeptDevices } from "../kept_devices/kept_devices.ts";
import type { Layouts } from "../layouts/layouts.ts";
import type { Leases } from "../leases/leases.ts";
import type { StartHistory } from "../recording/history/history_process.ts";
import type { Recordings } from "../recording/recordings.ts";
import type { EventStream } from "../stream/mod.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { UnreadableFile } from "../wire/server.ts";
import { aboutRoutes } from "./about.ts";
import { accessRoutes } from "./access/access_routes.ts";
import { type ClientLimits, OpenStreams } from "./access/client_limits.ts";
import { leaseRoutes } from "./access/lease_routes.ts";
import { alarmRoutes } from "./alarms/alarm_routes.ts";
import { callRoutes } from "./devices/calls.ts";
import { deviceRoutes } from "./devices/devices.ts";
import { deviceLogRoutes } from "./devices/log.ts";
import { methodRoutes } from "./devices/methods.ts";
import { propertyRoutes } from "./devices/properties.ts";
import { deviceSafeRoutes, safeRoutes } from "./devices/safe.ts";
import { snapshotRoutes } from "./devices/snapshots.ts";
import { streamingRoutes } from "./devices/streaming.ts";
import { docsRoutes } from "./docs/docs.ts";
import { helpRoutes } from "./help/help_routes.ts";
import { historyRoutes } from "./history/history_routes.ts";
import { layoutRoutes } from "./layouts/layout_routes.ts";
import { pageRoutes } from "./pages/pages.ts";
import { recordingDataRoutes } from "./recordings/recording_data.ts";
import { recordingRoutes } from "./recordings/recordings.ts";
import { BodyReader } from "./request/body.ts";
import { streamRoutes } from "./streams.ts";
import { taskDataRoutes } from "./tasks/task_data_routes.ts";
import { taskRoutes } from "./tasks/task_routes.ts";

/** The parts of a bench that have routes. */
export interface RoutedParts {
  access: Access;
  alarms: Alarms;
  clientLimits: ClientLimits | undefined;
  kept: KeptDevices;
  layouts: Layouts;
  leases: Leases;
  maxBody: number;
  recordings: Recordings | undefined;
  startHistory: StartHistory;
  /** The open streams, so that a shutdown can end them. */
  streams: Set<EventStream>;
  tasks: Tasks | undefined;
  unreadable: readonly UnreadableFile[];
}

/** Adds the routes of all resources to an app. */
export function addRoutes(app: Hono, daemon: LabDaemon, parts: RoutedParts): void {
  const { access, recordings, leases, tasks, layouts, alarms, kept } = parts;
  const bodies = new BodyReader(parts.maxBody);
  app.route("/", pageRoutes());
  app.route("/", aboutRoutes(daemon, access, parts.unreadable));
  app.route("/", docsRoutes());
  app.route("/", helpRoutes());

  app.route("/devices", deviceRoutes(daemon, bodies, { recordings, kept }));
  app.route("/devices", methodRoutes(daemon, bodies));
  app.route("/devices", deviceSafeRoutes(daemon, bodies));
  app.route("/devices", streamingRoutes(daemon, bodies));
  app.route("/devices", deviceLogRoutes(daemon));
  app.route("/devices", propertyRoutes(daemon, bodies));
  app.route("/devices", historyRoutes(daemon, { recordings, start: parts.startHistory }));

  app.route("/", snapshotRoutes(daemon, bodies, recordings));
  app.route("/safe", safeRoutes(daemon, bodies));
  app.route("/calls", callRoutes(daemon));
  const counts = new OpenStreams(access, parts.clientLimits);
  app.route("/stream", streamRoutes({ daemon, open: parts.streams, counts }));
  app.route("/", accessRoutes(access, bodies));
  app.route("/leases", leaseRoutes(leases, bodies));
  app.route("/", taskRoutes(tasks, bodies));
  app.route("/", taskDataRoutes(tasks, bodies));
  app.route("/recordings", recordingRoutes(daemon, recordings, bodies));
  app.route("/recordings", recordingDataRoutes(recordings));
  app.route("/layouts", layoutRoutes(layouts, bodies));
  app.route("/", alarmRoutes(daemon, alarms, bodies));
}
