import { z } from "zod";
import { jsonSchemaSchema, permissionsSchema } from "./driver.ts";
import { errorReportSchema } from "./error_report.ts";
import { leaseMarkSchema } from "./leases.ts";
import { countSchema, deviceIdSchema, deviceTypeSchema, objectSchema, timeSchema } from "./values.ts";

/** The state of a device. */
export const deviceStateSchema = z.enum(["disconnected", "connecting", "connected", "streaming", "retrying", "faulted"])
  .meta({ id: "DeviceState", description: "The state of a device" });
/**
 * The state of a device.
 *
 * @example
 * ```ts
 * import { type DeviceState, LabDaemon } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp: class {} } });
 * const lamp = await daemon.addDevice("lamp1", "Lamp");
 * await lamp.connect();
 * const state: DeviceState = lamp.state;
 * console.assert(state === "connected");
 * ```
 */
export type DeviceState = z.output<typeof deviceStateSchema>;

/** The cause of a state that no error led to. */
export const stateReasonSchema = z.enum(["reloaded", "removed"]).meta({
  description:
    "`reloaded`: the device has a new version of its driver; `removed`: the device was removed, and this is " +
    "its last event",
});
/** The cause of a state that no error led to. */
export type StateReason = z.output<typeof stateReasonSchema>;

/** The use of the machine by a driver's process. */
export const processStatusSchema = z.object({
  pid: z.int(),
  memory: z.number().meta({ unit: "B" }),
  cpu: z.number().meta({ description: "The fraction of one core" }),
  memory_limit: z.number().meta({ unit: "B" }),
});
/** The use of the machine by a driver's process. */
export type ProcessStatus = z.output<typeof processStatusSchema>;

/** The devices that share a driver's process. */
export const sharedProcessSchema = z.object({
  name: z.string().meta({ description: "Of the bus, or of the process in the bench file", examples: ['bus "rs485"'] }),
  devices: z.array(deviceIdSchema).meta({ description: "All devices that live in it when they are connected" }),
});

/** The state of a device's log and its readers. */
export const streamStatusSchema = z.object({
  epoch: z.string().meta({
    description: "One run of the daemon; sequence numbers of different epochs cannot be compared",
    examples: ["k3f9"],
  }),
  sequence: countSchema.meta({ description: "The number of the next sample" }),
  oldest: countSchema.meta({ description: "The number of the oldest sample that can still be read" }),
  bytes: z.number().meta({ unit: "B", description: "The size of the samples in the ring" }),
  max_bytes: z.number().meta({ unit: "B", description: "The limit of the ring" }),
  max_age: z.number().meta({ unit: "s", description: "How long the ring keeps a sample" }),
  readers: countSchema,
});
/** The state of a device's log and its readers. */
export type StreamStatus = z.output<typeof streamStatusSchema>;

/** A finding about a driver that does something other than it declares. */
export const deviceWarningSchema = z.object({
  type: z.string().meta({ description: "The kind of finding, for programs", examples: ["RateMismatch"] }),
  message: z.string().meta({ description: "For people: what was found, and the line of the driver to change" }),
  since: timeSchema,
  context: objectSchema.meta({ description: "Facts for programs" }),
}).meta({ id: "DeviceWarning", description: "Something that the device's driver does and did not declare" });
/** A finding about a driver that does something other than it declares. */
export type DeviceWarning = z.output<typeof deviceWarningSchema>;

/** The clock of an instrument beside the host's. */
export const instrumentClockSchema = z.object({
  origin: z.enum(["utc", "own"]).meta({
    description:
      "`utc`: its times are used as they are; `own`: it counts from a zero of its own, which is placed on the " +
      "host's clock",
  }),
  offset: z.number().meta({
    unit: "s",
    description: "The host's time minus the instrument's, at the least delay of the last seconds",
  }),
  drift: z.number().nullable().meta({
    unit: "ppm",
    description: "By how much it runs faster than the host's clock (negative: slower); null until it is known",
  }),
  steps: countSchema.meta({ description: "How often it was set during this connection" }),
}).meta({ id: "InstrumentClock", description: "The instrument's clock beside the host's" });
/** The clock of an instrument beside the host's. */
export type InstrumentClockStatus = z.output<typeof instrumentClockSchema>;

/** The place from which a device is added again at each start of the daemon. */
export const keptInSchema = z.enum(["bench_file", "data_folder"]).meta({
  description:
    "From where the daemon adds it again at each start: the bench file, or its data folder, where `keep` has written " +
    "it; null for a device that lasts until the daemon stops",
});
/** The place from which a device is added again at each start. */
export type KeptIn = z.output<typeof keptInSchema>;

const timestamp = "2026-11-22T06:25:52.123456Z";

const example = {
  device_id: "daq1",
  device_type: "StreamingDAQ",
  state: "streaming" as const,
  connected: true,
  streaming: true,
  can_stream: true,
  streams: true,
  can_make_safe: false,
  owned_by: null,
  lease: null,
  lease_required: false,
  last_error: null,
  params: { high: 10 },
  options: { sample_rate: 10 },
  permissions: {},
  permissions_missing: {},
  restarts: 0,
  state_since: timestamp,
  retry_at: null,
  disabled: false,
  warnings: [],
  instrument_clock: null,
  process: { pid: 4242, memory: 61_000_000, cpu: 0.01, memory_limit: 536_870_912 },
  shared_process: null,
  kept_in: "bench_file" as const,
  stream: { epoch: "k3f9", sequence: 43, oldest: 0, bytes: 11_000, max_bytes: 16_777_216, max_age: 600, readers: 1 },
};

/** A device, as most routes answer it. */
export const deviceStatusSchema = z.object({
  device_id: deviceIdSchema,
  device_type: deviceTypeSchema,
  state: deviceStateSchema,
  connected: z.boolean().meta({ description: "True in the states `connected` and `streaming`" }),
  streaming: z.boolean().meta({ description: "True in the state `streaming`" }),
  can_stream: z.boolean().nullable().meta({
    description: "True if its driver has a stream; null until the device has been connected once",
  }),
  streams: z.boolean().nullable().meta({ description: "The same as `can_stream`, its older name" }),
  can_make_safe: z.boolean().nullable().meta({
    description: "True if its driver has a safe function; null until the device has been connected once",
  }),
  owned_by: z.string().nullable().meta({
    description: "The owner, who alone may command the device: of its lease; null without one",
  }),
  lease: leaseMarkSchema.nullable(),
  lease_required: z.boolean().meta({ description: "True for a device that no one may command without a lease" }),
  last_error: errorReportSchema.nullable(),
  state_since: timeSchema,
  retry_at: timeSchema.nullable().meta({ description: "The time of the next attempt to connect, if one is planned" }),
  disabled: z.boolean().meta({ description: "True while the device is out of service: it cannot be connected" }),
  params: objectSchema.meta({ description: "The params that the device was made with, defaults included" }),
  options: objectSchema.meta({
    description:
      "The options of the present run, or of one that is started without any. For an option that is not here, the " +
      "driver's default holds",
    examples: [{ sample_rate: 100 }],
  }),
  permissions: permissionsSchema.meta({ description: "The permissions that its driver has been granted" }),
  permissions_missing: permissionsSchema.meta({
    description: "The permissions that its driver asks for and has not been granted",
  }),
  restarts: countSchema.meta({ description: "The number of times that its driver was restarted" }),
  warnings: z.array(deviceWarningSchema).meta({
    description: "What its driver does and did not declare: a rate far from `sample_rate`, samples of another schema",
  }),
  instrument_clock: instrumentClockSchema.nullable().meta({
    description: "The instrument's clock beside the host's; null where the driver gives no times",
  }),
  process: processStatusSchema.nullable().meta({
    description: "The use of the machine by its driver's process; null without a process, or before its first report",
  }),
  shared_process: sharedProcessSchema.nullable().meta({
    description:
      "Present if its driver's process is also that of other devices: `process` and `permissions` are then " +
      "those of all together",
  }),
  kept_in: keptInSchema.nullable(),
  sample: jsonSchemaSchema.optional().meta({
    description: "The JSON Schema of its samples, where it is not that of its driver: known once it has been connected",
  }),
  stream: streamStatusSchema,
  bench: z.string().optional().meta({ description: "In a view of a hub: its bench" }),
  stale_since: timeSchema.nullable().optional().meta({
    description:
      "In a view of a hub: since when its bench is away, and the rest is as it was then; null while it is there",
  }),
}).meta({ id: "Device", description: "A device: one instrument", examples: [example] });
/**
 * A device as data, as `GET /devices/{id}` answers it: its state, its params and options, its last error, its process and
 * its stream.
 *
 * @example
 * ```ts
 * import { type DeviceStatus, LabDaemon } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp: class {} } });
 * const status: DeviceStatus = (await daemon.addDevice("lamp1", "Lamp", { color: "red" })).status();
 * console.assert(status.params.color === "red" && status.last_error === null);
 * ```
 */
export type DeviceStatus = z.output<typeof deviceStatusSchema>;
