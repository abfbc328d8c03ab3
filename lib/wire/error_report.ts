import { z } from "zod";
import { objectSchema, timeSchema } from "./values.ts";

/** The place where an error arose: in the daemon or the request, in the driver, or in a local consumer's callback. */
export const errorOriginSchema = z.enum(["framework", "device", "callback"]).meta({
  description: "Where the error arose: `framework` (the daemon or the request), `device` (the driver), or `callback` " +
    "(a local consumer)",
});
/** The place where an error arose. */
export type ErrorOrigin = z.output<typeof errorOriginSchema>;

/**
 * The source of a device's failure: the instrument (it cannot be reached, or failed), the driver (its code or its
 * process broke), or the daemon.
 */
export const failureSourceSchema = z.enum(["instrument", "driver", "daemon"]).meta({
  description: "What the failure of a device is attributed to: `instrument` (it cannot be reached, or it failed; the " +
    "device reconnects), `driver` (its code or its process broke), or `daemon`",
});
/**
 * The source of a device's failure: the instrument, the driver, or the daemon.
 *
 * @example
 * ```ts
 * import { type FailureSource, LabDaemon } from "labdaemon";
 *
 * class Laser {
 *   connect() {
 *     throw new Error("no answer");
 *   }
 * }
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Laser } });
 * const laser = await daemon.addDevice("laser1", "Laser");
 * await laser.connect().catch(() => {});
 * const source: FailureSource | undefined = laser.status().last_error?.failure_source;
 * console.assert(source === "instrument");
 * ```
 */
export type FailureSource = z.output<typeof failureSourceSchema>;

const example = {
  type: "CableError",
  message: "no answer from the instrument",
  origin: "device" as const,
  timestamp: "2026-11-22T06:25:52.123456Z",
  context: { device_id: "daq1" },
};

/** An error, under the key `error` of an answer or an event. */
export const errorReportSchema = z.object({
  type: z.string().meta({ description: "The kind of error, for programs" }),
  message: z.string().meta({ description: "For people: what was attempted, on what, and what was found" }),
  origin: errorOriginSchema,
  failure_source: failureSourceSchema.optional(),
  timestamp: timeSchema,
  context: objectSchema.meta({ description: "Facts for programs: ids, names, `issues`" }),
}).meta({ id: "ErrorReport", description: "An error", examples: [example] });
/**
 * An error as data, as `LabError.toJSON()` returns it and events carry it.
 *
 * @example
 * ```ts
 * import { type ErrorReport, LabError } from "labdaemon";
 *
 * const report: ErrorReport = new LabError("DriverError", "no answer", { type: "CableError" }).toJSON();
 * console.assert(report.type === "CableError" && report.origin === "device");
 * ```
 */
export type ErrorReport = z.output<typeof errorReportSchema>;

/** One fault in a value, and its place. */
export const issueSchema = z.object({
  path: z.string().meta({
    description: "The place in the request; empty: the whole request",
    examples: ["params.channels[2]"],
  }),
  message: z.string(),
}).meta({ id: "Issue", description: "One fault in a request" });
/**
 * One fault in a request, in `context.issues` of an `InvalidRequest`.
 *
 * @example
 * ```ts
 * import { type Issue, LabDaemon, LabError } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * const error: LabError = await daemon.addDevice("a/b", "Lamp").catch((error) => error);
 * const [issue] = error.context.issues as Issue[];
 * console.assert(issue.path === "device_id");
 * ```
 */
export type Issue = z.output<typeof issueSchema>;
