import { z } from "zod";
import { ALARM_STATES } from "./alarms.ts";
import { deviceStateSchema, stateReasonSchema } from "./device.ts";
import { errorReportSchema, failureSourceSchema } from "./error_report.ts";
import { LEASE_ENDS, leaseIdSchema } from "./leases.ts";
import { callIdSchema, countSchema, deviceIdSchema, objectSchema, timeSchema } from "./values.ts";

/** One sample of a device. */
export const deviceDataEventSchema = z.object({
  event: z.literal("device_data"),
  device_id: deviceIdSchema,
  sequence: countSchema.meta({ description: "Counts samples at their source, from 0", examples: [42] }),
  timestamp: timeSchema.meta({
    description: "The time of the sample: the instrument's where the driver gives it, else the host's",
  }),
  received: timeSchema.optional().meta({ description: "The host's time, where `timestamp` is the instrument's" }),
  dt: z.number().optional().meta({
    unit: "s",
    description: "The time between two values of a waveform, where the driver gives it; the first is of `timestamp`",
  }),
  payload: z.unknown().meta({ description: "The sample, as the driver yields it", examples: [7.31] }),
  skipped: countSchema.optional().meta({
    description: "Under `max_rate`: the number of samples that were left out before this one",
  }),
}).meta({ id: "DeviceData", description: "A sample" });
/** One sample. */
export type DeviceDataEvent = z.output<typeof deviceDataEventSchema>;

/** The state of a device: the first event of every stream, then one at every change. */
export const deviceStateEventSchema = z.object({
  event: z.literal("device_state"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  state: deviceStateSchema,
  restarts: countSchema.meta({ description: "The number of times that its driver was restarted" }),
  reason: stateReasonSchema.optional(),
  error: errorReportSchema.optional(),
  failure_source: failureSourceSchema.optional(),
  retry_in: z.number().optional().meta({ unit: "s", description: "The time until the next attempt to connect" }),
}).meta({ id: "DeviceStateChange", description: "The device's state: first on every stream, then at every change" });
/** A new state of a device. */
export type DeviceStateEvent = z.output<typeof deviceStateEventSchema>;

/** Every cause of a gap. */
export const GAP_REASONS = ["slow-reader", "expired", "restart", "source"] as const;
/** The reason of a gap. */
export type GapReason = typeof GAP_REASONS[number];

/** Samples that a reader will not get. */
export const gapEventSchema = z.object({
  event: z.literal("gap"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  from: countSchema.meta({ description: "The first missing sample" }),
  to: countSchema.nullable().meta({ description: "The last missing sample; null after a restart: it is unknown" }),
  lost: countSchema.nullable().meta({ description: "The number of missing samples; null after a restart" }),
  reason: z.enum(GAP_REASONS).meta({
    description:
      "`slow-reader`: the ring overtook this reader; `expired`: the ring no longer holds what `since` asked for; " +
      "`restart`: the daemon was restarted; `source`: lost before the log",
  }),
}).meta({ id: "Gap", description: "Samples that this reader will not get" });
/** Samples that this reader does not get. */
export type GapEvent = z.output<typeof gapEventSchema>;

/** The clock of the samples was set. */
export const clockEventSchema = z.object({
  event: z.literal("clock"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  step: z.number().meta({
    unit: "s",
    description: "The step between the times of the samples before and after this event; negative: set back",
    examples: [-0.5],
  }),
  source: z.enum(["host", "instrument"]).optional().meta({
    description: "The clock that was set: the daemon's machine's (also if absent), or the instrument's own",
  }),
}).meta({
  id: "ClockStep",
  description: "The clock of the samples was set, or the machine slept: times before it are of another clock",
});
/** A step of the clock of the samples: times before it are of another clock. */
export type ClockEvent = z.output<typeof clockEventSchema>;
/** The clock that was set. */
export type ClockSource = NonNullable<ClockEvent["source"]>;

/** The options that hold on a stream whose reader asked for others. */
export const optionsEventSchema = z.object({
  event: z.literal("options"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  options: objectSchema.meta({
    description: "The options of the present run, defaults included",
    examples: [{ sample_rate: 100 }],
  }),
}).meta({
  id: "OptionsInForce",
  description: "The options of the present run, on a stream that was opened with others: those were not taken",
});
/** The options that hold, where a reader asked for others. */
export type OptionsEvent = z.output<typeof optionsEventSchema>;

/** A new value of a property. */
export const propertyEventSchema = z.object({
  event: z.literal("property"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  name: z.string().meta({ examples: ["high"] }),
  value: z.unknown().meta({ description: "As the instrument says it", examples: [5] }),
}).meta({ id: "PropertyChange", description: "A property has a new value: it was set, or read" });
/** A new value of a property. */
export type PropertyEvent = z.output<typeof propertyEventSchema>;

/** The failure of a driver. */
export const streamErrorEventSchema = z.object({
  event: z.literal("stream_error"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  error: errorReportSchema,
}).meta({ id: "StreamError", description: "The driver's failure" });
/** The progress of a call of a method. */
export const progressEventSchema = z.object({
  event: z.literal("progress"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  call_id: callIdSchema,
  method: z.string().meta({ examples: ["home"] }),
  fraction: z.number().nullable().meta({ description: "The part that is done, from 0 to 1; null: unknown" }),
  text: z.string().meta({ description: "What is being done, for people; may be empty", examples: ["moving to 12 mm"] }),
}).meta({ id: "Progress", description: "The progress of a call of a method" });
/** The progress of a call of a method. */
export type ProgressEvent = z.output<typeof progressEventSchema>;

/** The lease of a device began, ended, or has left it safe and free. */
export const leaseEventSchema = z.object({
  event: z.literal("lease"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  state: z.enum(["granted", ...LEASE_ENDS, "free"]).meta({
    description:
      "`granted`; then `released`, `expired`, `broken` or `disconnected`. Behind all of these but `released`, the device " +
      "is made safe, and `free` follows",
  }),
  lease_id: leaseIdSchema,
  owner: z.string().meta({ examples: ["alice"] }),
  purpose: z.string().meta({ examples: ["IV curve"] }),
  reason: z.string().optional().meta({ description: "Why it has ended, for people" }),
  safe: z.boolean().nullable().optional().meta({
    description:
      "Of `free`: true if the instrument was made safe, false if that failed, null if its driver cannot do it",
  }),
}).meta({ id: "LeaseChange", description: "The lease of a device began or ended" });
/** The lease of a device began, ended, or has left it safe and free. */
export type LeaseEvent = z.output<typeof leaseEventSchema>;

/** An alarm has fired, was acknowledged, or has ended. */
export const alarmEventSchema = z.object({
  event: z.literal("alarm"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  name: z.string().meta({ examples: ["overvoltage"] }),
  channel: z.string().meta({ examples: ["voltage"] }),
  state: z.enum(ALARM_STATES).meta({
    description: "`firing`, `acknowledged`, or `ok` at the end; `pending` is not sent",
  }),
  message: z.string().meta({ description: "For people", examples: ["voltage is 5.31 V: above 5.2 V for 5 s"] }),
  value: z.number().nullable().meta({ description: "The newest value of the channel; null if there is none" }),
  incident_id: z.string(),
}).meta({ id: "AlarmChange", description: "An alarm has fired, was acknowledged, or has ended" });
/** A new state of an alarm. */
export type AlarmEvent = z.output<typeof alarmEventSchema>;

/** A task that owns the device has changed: its state, or one of its steps. */
export const taskEventSchema = z.object({
  event: z.literal("task"),
  device_id: deviceIdSchema,
  timestamp: timeSchema,
  task_id: z.string().meta({ examples: ["sweep1"] }),
  task_type: z.string().meta({ examples: ["Scan"] }),
  change: z.enum([
    ...["started", "resumed", "crashed", "paused", "continued", "asked", "answered", "note"] as const,
    ...["step_begun", "step_done", "step_failed", "step_skipped", "step_unknown"] as const,
    ...["completed", "failed", "cancelled"] as const,
  ]).meta({ description: "`step_unknown`: the step began before a crash, and is not known to have ended" }),
  step: z.string().nullable().meta({ description: "The name of the step, if it is about one", examples: ["point 17"] }),
  text: z.string().meta({ description: "For people; may be empty" }),
}).meta({ id: "TaskChange", description: "A task that owns the device has changed" });
/** A task that owns the device has changed. */
export type TaskEvent = z.output<typeof taskEventSchema>;

/** The `data` of an event of a stream. A reader ignores events that it does not know. */
export const streamEventSchema = z.discriminatedUnion("event", [
  deviceDataEventSchema,
  deviceStateEventSchema,
  gapEventSchema,
  clockEventSchema,
  optionsEventSchema,
  propertyEventSchema,
  streamErrorEventSchema,
  progressEventSchema,
  leaseEventSchema,
  alarmEventSchema,
  taskEventSchema,
]);
/**
 * An event of a device: `device_data`, `device_state`, `gap`, `clock`, `options`, `property`, `stream_error`,
 * `progress`, `lease`, `alarm` or `task`.
 *
 * @example
 * ```ts
 * import { LabDaemon, type StreamEvent } from "labdaemon";
 *
 * class Counter {
 *   #n = 0;
 *   read = () => this.#n++;
 * }
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Counter } });
 * const counter = await daemon.addDevice("counter1", "Counter");
 * await counter.connect();
 * const first = Promise.withResolvers<StreamEvent>();
 * await counter.startStreaming((_, event) => first.resolve(event));
 * const event = await first.promise;
 * console.assert(event.event === "device_data" && event.sequence === 0);
 * ```
 */
export type StreamEvent = z.output<typeof streamEventSchema>;
