import { z } from "zod";
import { PERMISSION_KINDS } from "./names/permission_kinds.ts";
import { errorReportSchema } from "./error_report.ts";
import { objectSchema } from "./values.ts";

/** A JSON Schema as data; `unit` stands beside `description` where the author gave one. */
export const jsonSchemaSchema = objectSchema.meta({
  description: "A JSON Schema; `unit` stands beside `description`",
});
/** A JSON Schema, as plain data. */
export type JsonSchema = z.output<typeof jsonSchemaSchema>;

/** By kind: `true` for everything, or a list (hosts, paths, variables, programs). An absent kind or an empty list: nothing. */
export const permissionsSchema = z.partialRecord(
  z.enum(PERMISSION_KINDS),
  z.union([z.literal(true), z.array(z.string()).readonly()]),
).meta({ id: "Permissions", description: "By kind: all, or a list of hosts, paths, variables, programs" });
/**
 * The permissions of a driver's process, by their kinds: `true` for all, or a list.
 *
 * @example
 * ```ts
 * import type { Permissions } from "labdaemon";
 *
 * const permissions: Permissions = { net: ["192.168.1.20:5025"] };
 * console.assert(permissions.read === undefined);
 * ```
 */
export type Permissions = z.output<typeof permissionsSchema>;

/** One argument of a method. */
export const parameterDescriptionSchema = z.object({
  name: z.string(),
  type: z.string(),
  required: z.boolean(),
  default: z.unknown().optional(),
  unit: z.string().optional(),
  description: z.string().optional(),
}).meta({ id: "Parameter", description: "One argument of a method" });
/** A parameter of a method: its name, its type, and its default if it has one. */
export type ParameterDescription = z.output<typeof parameterDescriptionSchema>;

const volts = { description: "The new upper end", unit: "V", type: "number" };
const $schema = "https://json-schema.org/draft/2020-12/schema";
const objectOf = (properties: object, required?: string[]) => ({
  $schema,
  type: "object",
  properties,
  ...(required && { required }),
  additionalProperties: false,
});

const methodExample = {
  name: "set_high",
  doc: "Change the upper end of the range",
  parameters: [{ name: "volts", type: "number", required: true, unit: "V", description: "The new upper end" }],
  input: objectOf({ volts }, ["volts"]),
};

/** One method of a device, as `GET /devices/{id}/methods` answers it. */
export const methodDescriptionSchema = z.object({
  name: z.string(),
  doc: z.string(),
  parameters: z.array(parameterDescriptionSchema).meta({ description: "In the order of positional arguments" }),
  input: objectSchema.meta({ description: "The same as a JSON Schema; empty: any arguments" }),
  limit: z.number().positive().optional().meta({
    unit: "s",
    description: "The time that a call may take; absent: the call limit of the device",
  }),
}).meta({ id: "Method", description: "A named action of a device", examples: [methodExample] });
/** A method of a driver: its name, its documentation and its parameters. */
export type MethodDescription = z.output<typeof methodDescriptionSchema>;

const propertyExample = {
  name: "high",
  summary: "Upper end of the range",
  schema: { $schema, unit: "V", type: "number", minimum: 0, maximum: 1000 },
  writable: true,
  readable: true,
};

/** One property of a driver. */
export const propertyDescriptionSchema = z.object({
  name: z.string(),
  summary: z.string(),
  schema: jsonSchemaSchema.meta({ description: "The JSON Schema of its values; `unit` stands beside `description`" }),
  writable: z.boolean().meta({ description: "True if it can be set" }),
  readable: z.boolean().meta({
    description: "True if it can be read from the instrument; if not, its last set value is all that is known",
  }),
}).meta({ id: "PropertyDescription", description: "A property of a driver", examples: [propertyExample] });
/** A property of a driver: its name, its documentation, and the schema of its values. */
export type PropertyDescription = z.output<typeof propertyDescriptionSchema>;

/** A driver as data: all that is known of it without a device. */
export const driverDescriptionSchema = z.object({
  name: z.string(),
  summary: z.string(),
  params: jsonSchemaSchema,
  options: jsonSchemaSchema,
  sample: jsonSchemaSchema.nullable(),
  methods: z.array(methodDescriptionSchema),
  properties: z.array(propertyDescriptionSchema).meta({
    description: "In the order of declaration, in which a snapshot is restored",
  }),
  /** The permissions that it asks for with default params, or with any; `null` if they depend on its params. */
  permissions: permissionsSchema.nullable(),
  blocking: z.number().positive().max(3600).optional().meta({
    unit: "s",
    description: "The time for which its code may keep its process from answering, as some SDKs in Python do",
  }),
});
/** A driver as data: all that is known of it without a device. */
export type DriverDescription = z.output<typeof driverDescriptionSchema>;

const driverExample = {
  name: "StreamingDAQ",
  summary: "Simulated DAQ: one channel of uniform noise",
  params: objectOf({
    high: { default: 10, unit: "V", description: "Upper end of the range; the lower end is 0", type: "number" },
  }),
  options: objectOf({
    sample_rate: { default: 10, unit: "Hz", description: "Samples per second", type: "number", exclusiveMinimum: 0 },
  }),
  sample: { $schema, unit: "V", description: "One value between 0 and the upper end", type: "number" },
  methods: [methodExample],
  properties: [propertyExample],
  permissions: {},
  permissions_granted: {},
  permissions_missing: {},
  sandbox: "deno",
  file: "streaming_daq.ts",
  status: "loaded" as const,
};

/** A driver as `GET /drivers` answers it. A file that failed to load has no more than its error. */
export const driverStatusSchema = z.object({
  name: z.string().nullable().meta({ description: "The device type; null as long as the file has not given it" }),
  file: z.string().nullable().meta({ description: "The file's name; null: a script registered the driver" }),
  status: z.enum(["loaded", "failed"]).meta({
    description: "`loaded`: there is a version that devices can use, and everything here describes that version",
  }),
  error: errorReportSchema.optional().meta({
    description: "Why the present content of the file does not run, also where an older version still does",
  }),
  ...driverDescriptionSchema.omit({ name: true }).partial().shape,
  permissions_granted: permissionsSchema.nullable().optional().meta({
    description: "What it gets of `permissions`; null if that depends on its params",
  }),
  permissions_missing: permissionsSchema.nullable().optional().meta({
    description: "What it does not get of `permissions`: a line under `grants:` in the bench file grants it",
  }),
  sandbox: z.string().optional().meta({
    description:
      "What limits its processes to `permissions_granted`: `deno`; `landlock` (Python: files, and TCP by port); `bubblewrap` (Python: files); " +
      "`off`, as the bench file says; or `none: ` and the reason why nothing does",
  }),
  bench: z.string().optional().meta({ description: "In a view of a hub: its bench" }),
}).meta({
  id: "Driver",
  description: "A driver. A file that failed to load has no more than its error",
  examples: [driverExample],
});
/**
 * A driver as data, as `GET /drivers` answers it; or the error of a file that could not be loaded.
 *
 * @example
 * ```ts
 * import { type DriverStatus, LabDaemon } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp: class {} } });
 * const drivers: DriverStatus[] = daemon.drivers();
 * console.assert(drivers[0].name === "Lamp" && drivers[0].status === "loaded");
 * ```
 */
export type DriverStatus = z.output<typeof driverStatusSchema>;
