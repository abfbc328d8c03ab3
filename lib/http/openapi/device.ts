import { z } from "zod";
import type { DeviceState, DeviceStatus } from "../../device/status.ts";
import type { MethodDescription, ParameterDescription } from "../../driver/describe.ts";
import { errorReport } from "./error_report.ts";
import { permissions } from "./permissions.ts";
import { deviceExample, driverExample } from "./examples.ts";
import { schemaOf } from "./schema_of.ts";
import { count, deviceId, deviceType, epoch, object, time } from "./values.ts";

export const deviceState = schemaOf<DeviceState>()(
  z.enum(["disconnected", "connecting", "connected", "streaming", "retrying", "faulted"])
    .meta({ id: "DeviceState", description: "Where a device stands" }),
);

/** A device, as most routes answer it. */
export const device = schemaOf<DeviceStatus>()(
  z.object({
    device_id: deviceId,
    device_type: deviceType,
    state: deviceState,
    connected: z.boolean().meta({ description: "Its state is `connected` or `streaming`" }),
    streaming: z.boolean().meta({ description: "Its state is `streaming`" }),
    streams: z.boolean().nullable().meta({
      description: "Whether its driver has a stream; null until the driver has told, by being connected once",
    }),
    owned_by: z.string().nullable().meta({ description: "Who alone may command it; nobody yet takes a device" }),
    last_error: errorReport.nullable(),
    state_since: time,
    retry_at: time.nullable().meta({ description: "When the next try is due, if one is" }),
    disabled: z.boolean().meta({ description: "It was taken out of service and cannot be connected" }),
    params: object.meta({ description: "What it was made from, with defaults" }),
    options: object.meta({
      description: "Of its run, or of one whose starter says nothing, where they are not the driver's defaults",
      examples: [{ sample_rate: 100 }],
    }),
    permissions: permissions.meta({ description: "What its driver has been granted" }),
    restarts: count.meta({ description: "How often its driver had to be started anew" }),
    process: z.object({
      pid: z.int(),
      memory: z.number().meta({ unit: "B" }),
      cpu: z.number().meta({ description: "The part of one core" }),
      memory_limit: z.number().meta({ unit: "B" }),
    }).nullable().meta({ description: "What its driver's process takes, as far as it has said" }),
    stream: z.object({
      epoch,
      sequence: count.meta({ description: "The number of the next sample" }),
      oldest: count.meta({ description: "The number of the oldest sample that can still be read" }),
      bytes: z.number().meta({ unit: "B", description: "What the ring holds" }),
      max_bytes: z.number().meta({ unit: "B", description: "What it may hold" }),
      max_age: z.number().meta({ unit: "s", description: "How long it holds a sample" }),
      readers: count,
    }),
  }).meta({ id: "Device", description: "A device: one instrument", examples: [deviceExample] }),
);

const parameter = schemaOf<ParameterDescription>()(
  z.object({
    name: z.string(),
    type: z.string(),
    required: z.boolean(),
    default: z.unknown().optional(),
    unit: z.string().optional(),
    description: z.string().optional(),
  }).meta({ id: "Parameter", description: "One argument of a method" }),
);

/** What can be called on a device. */
export const method = schemaOf<MethodDescription>()(
  z.object({
    name: z.string(),
    doc: z.string(),
    parameters: z.array(parameter).meta({ description: "In the order of positional arguments" }),
    input: object.meta({ description: "The same as a JSON Schema; empty: any arguments" }),
  }).meta({ id: "Method", description: "A named action of a device", examples: driverExample.methods }),
);
