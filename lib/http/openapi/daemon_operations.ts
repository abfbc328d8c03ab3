import { z } from "zod";
import { driverStatusSchema } from "../../wire/driver.ts";
import { healthSchema, livenessSchema, readinessSchema, serverInfoSchema } from "../../wire/server.ts";
import type { Operation } from "./operation.ts";

const PAGE = { "text/html": { type: "string" } };

/** The routes of the daemon itself, and `/drivers`. */
export const DAEMON_OPERATIONS: Record<string, Operation> = {
  "GET /": {
    id: "index",
    summary: "name, version and endpoints; for a browser the dashboard",
    description: "With `Accept: text/html` it answers with the dashboard.",
    answer: { description: "The daemon's name, version and endpoints", body: serverInfoSchema, media: PAGE },
  },
  "GET /openapi.json": {
    id: "openapi",
    summary: "this description, with the present drivers and devices",
    answer: {
      description: "An OpenAPI 3.1 document",
      body: z.looseObject({ openapi: z.string().meta({ examples: ["3.1.0"] }) }).meta({ id: "OpenAPI" }),
    },
  },
  "GET /docs": {
    id: "docs",
    summary: "this description as a page, to read and to try out",
    answer: { description: "A page", media: PAGE },
  },
  "GET /help": {
    id: "help",
    summary: "the documentation as pages, to read and to search",
    answer: { description: "A page", media: PAGE },
  },
  "GET /health": {
    id: "health",
    summary: "a sign that the daemon answers, and its clock",
    answer: { description: "The daemon answers", body: healthSchema },
  },
  "GET /metrics": {
    id: "metrics",
    summary: "the state of the daemon and its devices as numbers, for Prometheus",
    description: "Made at the request from what is counted anyway. `docs/monitoring.md` lists the metrics.",
    answer: {
      description: "Metrics in the text format 0.0.4",
      media: { "text/plain": { type: "string", examples: ['labdaemon_devices{state="streaming"} 2\n'] } },
    },
  },
  "GET /livez": {
    id: "liveness",
    summary: "a sign that the daemon's event loop runs, for a supervisor",
    answer: { description: "The daemon is alive", body: livenessSchema },
  },
  "GET /readyz": {
    id: "readiness",
    summary: "a sign that the daemon can do its work, or the reasons why it cannot",
    description: "An absent instrument and a driver that fails are no such reasons. The types of reasons: " +
      "`MissingRequirement`, a program or folder that no driver can run without; `DriversFolder`, the folder of the " +
      "drivers cannot be read; `DaemonFailure`, devices cannot run for want of descriptors, processes or memory, or by a " +
      "defect; `Stopping`.",
    answer: { description: "The daemon is ready", body: readinessSchema },
    errors: ["NotReady"],
  },
  "GET /drivers": {
    id: "listDrivers",
    summary: "the device types, and the driver files that failed to load",
    answer: {
      description: "All drivers",
      body: z.object({ drivers: z.array(driverStatusSchema) }).meta({ id: "Drivers" }),
    },
  },
};
