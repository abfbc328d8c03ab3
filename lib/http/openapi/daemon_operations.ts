import { z } from "zod";
import { driverStatusSchema } from "../../wire/driver.ts";
import { healthSchema, serverInfoSchema } from "../../wire/server.ts";
import type { Operation } from "./operation.ts";

const PAGE = { "text/html": { type: "string" } };

export const index: Operation = {
  id: "index",
  tag: "Daemon",
  summary: "name, version and endpoints; for a browser the dashboard",
  description: "With `Accept: text/html` it answers with the dashboard.",
  answers: {
    200: {
      description: "What this is",
      body: serverInfoSchema,
      media: PAGE,
    },
  },
};

export const health: Operation = {
  id: "health",
  tag: "Daemon",
  summary: "whether the daemon answers",
  answers: {
    200: {
      description: "It does",
      body: healthSchema,
    },
  },
};

export const drivers: Operation = {
  id: "listDrivers",
  tag: "Drivers",
  summary: "the device types, and the driver files that failed to load",
  answers: {
    200: {
      description: "All drivers",
      body: z.object({ drivers: z.array(driverStatusSchema) }).meta({ id: "Drivers" }),
    },
  },
};

export const openapi: Operation = {
  id: "openapi",
  tag: "Daemon",
  summary: "this description, with the drivers and devices that there are now",
  answers: {
    200: {
      description: "An OpenAPI 3.1 document",
      body: z.looseObject({ openapi: z.string().meta({ examples: ["3.1.0"] }) }).meta({ id: "OpenAPI" }),
    },
  },
};

export const docs: Operation = {
  id: "docs",
  tag: "Daemon",
  summary: "this description as a page, to read and to try out",
  answers: { 200: { description: "A page", media: PAGE } },
};
