import { z } from "zod";
import type { JsonSchema } from "../../driver/describe.ts";
import type { StateReason } from "../../device/status.ts";
import type { GapReason } from "../../stream/frame.ts";
import { deviceState } from "./device.ts";
import { errorReport } from "./error_report.ts";
import { refTo } from "./json_schema.ts";
import { schemaOf } from "./schema_of.ts";
import { count, deviceId, time } from "./values.ts";

/** The `data` of each event, by the event's name. */
export const EVENTS = {
  device_data: z.object({
    event: z.literal("device_data"),
    device_id: deviceId,
    sequence: count.meta({ description: "Counts samples where the driver yields them", examples: [42] }),
    timestamp: time,
    payload: z.unknown().meta({ description: "What the driver yields", examples: [7.31] }),
    skipped: count.optional().meta({ description: "Under `max_rate`: how many samples were left out before this one" }),
  }).meta({ id: "DeviceData", description: "A sample" }),
  device_state: z.object({
    event: z.literal("device_state"),
    device_id: deviceId,
    timestamp: time,
    state: deviceState,
    restarts: count.meta({ description: "How often its driver was started anew" }),
    reason: schemaOf<StateReason>()(z.enum(["reloaded", "removed"])).optional().meta({
      description: "It has gone on with a new version of its driver; it was removed, and this is its last event",
    }),
    error: errorReport.optional(),
    retry_in: z.number().optional().meta({ unit: "s", description: "Until the next try" }),
  }).meta({ id: "DeviceStateChange", description: "The device's state: first on every stream, then at every change" }),
  gap: z.object({
    event: z.literal("gap"),
    device_id: deviceId,
    timestamp: time,
    from: count.meta({ description: "The first sample that is missing" }),
    to: count.nullable().meta({ description: "The last one; null after a restart, when nobody knows" }),
    lost: count.nullable().meta({ description: "How many" }),
    reason: schemaOf<GapReason>()(z.enum(["slow-reader", "expired", "restart", "source"])),
  }).meta({ id: "Gap", description: "Samples that this reader will not get" }),
  stream_error: z.object({
    event: z.literal("stream_error"),
    device_id: deviceId,
    timestamp: time,
    error: errorReport,
  }).meta({ id: "StreamError", description: "The driver's failure" }),
};

/** The name of an event. */
export type EventName = keyof typeof EVENTS;

/** The name of the schema that describes the data of an event. */
export function eventComponent(name: EventName): string {
  return EVENTS[name].meta()!.id!;
}

/** How ids look on the stream of one device, and on that of several. */
export const IDS = {
  one: { pattern: "^[^-]+-(-1|[0-9]{1,15})$", examples: ["k3f9-42"] },
  several: { pattern: "^[^-:;]+(;[^;:]+:(-1|[0-9]{1,15}))*$", examples: ["k3f9;daq1:42;host1:7"] },
};

const SAMPLE = {
  event: "device_data",
  device_id: "daq1",
  sequence: 42,
  timestamp: "2026-11-22T06:25:52.123456Z",
  payload: 7.31,
};

/** Which events have an id on the stream of one device: always, or sometimes. On that of several, all have. */
const WITH_ID: Partial<Record<EventName, "always" | "sometimes">> = {
  device_data: "always",
  gap: "always",
  device_state: "sometimes",
};

/**
 * The content of a `text/event-stream`, as a JSON Schema of one message: OpenAPI 3.1 has no word for a sequence of them.
 *
 * @param data Other schemas than {@linkcode EVENTS} for the data of some events, as components.
 */
export function eventStreamSchema(
  ids: keyof typeof IDS,
  data: Partial<Record<EventName, string>> = {},
): JsonSchema {
  const id = { type: "string", description: "Where to resume", ...IDS[ids] };
  return {
    description: "One message of the stream. Its `data` is JSON.",
    examples: [{ id: IDS[ids].examples[0], event: "device_data", data: JSON.stringify(SAMPLE) }],
    oneOf: (Object.keys(EVENTS) as EventName[]).map((name) => {
      const has = ids === "several" ? "always" : WITH_ID[name];
      return {
        type: "object",
        title: name,
        properties: {
          ...(has && { id }),
          event: { type: "string", const: name },
          data: {
            type: "string",
            contentMediaType: "application/json",
            contentSchema: refTo(data[name] ?? eventComponent(name)),
          },
        },
        required: [...(has === "always" ? ["id"] : []), "event", "data"],
      };
    }),
  };
}
