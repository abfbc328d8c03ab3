import { z } from "zod";
import type { DriverStatus } from "../../registry/catalog.ts";
import { method } from "./device.ts";
import { errorReport } from "./error_report.ts";
import { permissions } from "./permissions.ts";
import { driverExample } from "./examples.ts";
import { schemaOf } from "./schema_of.ts";
import { object } from "./values.ts";

const schema = object.meta({ description: "A JSON Schema; `unit` stands beside `description`" });

/** A driver, or a file that failed to load. */
export const driver = schemaOf<DriverStatus>()(
  z.object({
    name: z.string().nullable().meta({ description: "The device type" }),
    file: z.string().nullable().meta({ description: "null: a script registered it" }),
    status: z.enum(["loaded", "failed"]).meta({ description: "Whether there is a version that devices can use" }),
    error: errorReport.optional().meta({
      description: "Why what is in the file now does not run, also where an older version still does",
    }),
    summary: z.string().optional(),
    params: schema.optional(),
    options: schema.optional(),
    sample: schema.nullable().optional(),
    methods: z.array(method).optional(),
    permissions: permissions.nullable().optional(),
  }).meta({
    id: "Driver",
    description: "A driver. A file that failed to load has no more than its error",
    examples: [driverExample],
  }),
);
