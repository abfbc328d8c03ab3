import { z } from "zod";
import { errorReportSchema } from "./error_report.ts";
import { deviceSettingsSchema } from "./settings.ts";
import { countSchema, deviceIdSchema, deviceTypeSchema, timeSchema } from "./values.ts";

/** A body without content. */
export const emptyRequestSchema = z.strictObject({});

/** The options of a run, which the driver checks. */
export const optionsRequestSchema = z.looseObject({});

/** The body of `POST /devices`. */
export const addDeviceRequestSchema = z.strictObject({
  device_id: deviceIdSchema,
  device_type: deviceTypeSchema.meta({
    description:
      "The name of its driver; or a class of a Python package, as `pymeasure:package.module.Class`, `qcodes:…` or " +
      "`python:…`, which is loaded for it",
  }),
  params: z.looseObject({}).nullish(),
  keep: z.boolean().optional().meta({
    description:
      "True to keep it in the daemon's data folder, with its secrets: it is added and connected again at each start, " +
      "until it is deleted. A device of the bench file with its id wins",
  }),
  ...deviceSettingsSchema.shape,
});
/** The body of `POST /devices/{id}/call`. Positional `args` fill the keys of the method's input in their declared order. */
export const callRequestSchema = z.strictObject({
  method: z.string(),
  args: z.array(z.unknown()).nullish(),
  kwargs: z.looseObject({}).nullish(),
});
/** The answer to a call. */
export const callAnswerSchema = z.object({
  result: z.unknown().meta({ examples: [7.31] }),
  success: z.literal(true),
}).meta({ id: "Result" });
/** The body of `POST /devices/{id}/safe` and `POST /safe`. */
export const safeRequestSchema = z.strictObject({
  reason: z.string().max(200).nullish().meta({
    description: "For people: it reaches the driver and the log",
    examples: ["smoke"],
  }),
});

/** The answer to `POST /devices/{id}/safe` and `POST /safe`. */
export const safeAnswerSchema = z.object({
  results: z.array(z.object({
    device_id: deviceIdSchema,
    ok: z.boolean().meta({ description: "True if its driver's `safe` has returned" }),
    error: errorReportSchema.optional().meta({
      description: "Why not. `NoSafeState`: its driver has no safe function, and nothing was done",
    }),
  })),
}).meta({ id: "SafeResults" });
/** The outcome for each device that was to be made safe. */
export type SafeAnswer = z.output<typeof safeAnswerSchema>;

/** The answer to `POST /devices/{id}/stream/stop`. */
export const streamStoppedSchema = z.object({
  status: z.literal("stopped"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
}).meta({ id: "Stopped" });
/** The answer to a stop of a stream. */
export type StreamStopped = z.output<typeof streamStoppedSchema>;

/** The answer to `DELETE /devices/{id}/error`. */
export const errorClearedSchema = z.object({ status: z.literal("cleared"), device_id: deviceIdSchema })
  .meta({ id: "Cleared" });
/** A line of a device's log. */
const deviceLineSchema = z.object({
  number: countSchema.meta({ description: "Counts from 0 when the device is added" }),
  timestamp: timeSchema,
  level: z.enum(["debug", "info", "warning", "error"]),
  from: z.enum(["driver", "daemon"]).meta({
    description: "`driver`: printed by its driver; `daemon`: a change of its state, or an error",
  }),
  text: z.string().meta({ description: "One line; secrets of the device's params are masked" }),
});
/** A line of a device's log. */
export type DeviceLine = z.output<typeof deviceLineSchema>;

/** The query of `GET /devices/{device_id}/log`. */
export const deviceLogQuerySchema = z.strictObject({
  from: countSchema.optional().meta({
    description: "The number of the first line: `next` of the last answer. All kept lines, by default",
  }),
});

/** The answer to `GET /devices/{device_id}/log`. */
export const deviceLogSchema = z.object({
  device_id: deviceIdSchema,
  lines: z.array(deviceLineSchema).meta({ description: "The kept lines, oldest first" }),
  next: countSchema.meta({
    description: "The number of the next line. It is smaller than before if the device was added again since",
  }),
}).meta({ id: "DeviceLog" });
/** The newest lines of a device. */
export type DeviceLog = z.output<typeof deviceLogSchema>;
