import type { JsonSchema } from "../../wire/driver.ts";
import {
  alarmEventSchema,
  clockEventSchema,
  deviceDataEventSchema,
  deviceStateEventSchema,
  gapEventSchema,
  leaseEventSchema,
  optionsEventSchema,
  progressEventSchema,
  propertyEventSchema,
  streamErrorEventSchema,
  taskEventSchema,
} from "../../wire/events.ts";
import { deviceColumnsEventSchema } from "../../wire/stream_query.ts";
import { refTo } from "./json_schema.ts";

/** The `data` of each event, by the event's name. */
export const EVENTS = {
  device_data: deviceDataEventSchema,
  device_state: deviceStateEventSchema,
  gap: gapEventSchema,
  clock: clockEventSchema,
  options: optionsEventSchema,
  property: propertyEventSchema,
  stream_error: streamErrorEventSchema,
  progress: progressEventSchema,
  lease: leaseEventSchema,
  alarm: alarmEventSchema,
  task: taskEventSchema,
  device_columns: deviceColumnsEventSchema,
};

/** The name of an event. */
export type EventName = keyof typeof EVENTS;

/** The name of the component that describes the data of an event. */
export function eventComponent(name: EventName): string {
  return EVENTS[name].meta()!.id!;
}

/** The form of ids on the stream of one device, and on that of several. */
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

/** The events that have an id on the stream of one device. On that of several, all have. */
const WITH_ID: Partial<Record<EventName, "always" | "sometimes">> = {
  device_data: "always",
  gap: "always",
  device_columns: "always",
  device_state: "sometimes",
};

/**
 * The content of a `text/event-stream`, as the JSON Schema of one message: OpenAPI 3.1 cannot describe a sequence of them.
 *
 * @param deviceData Another component for the data of `device_data`.
 */
export function eventStreamSchema(
  ids: keyof typeof IDS,
  deviceData: string = eventComponent("device_data"),
): JsonSchema {
  const id = { type: "string", description: "The place to resume from", ...IDS[ids] };
  return {
    description: "One message of the stream. Its `data` is JSON.",
    examples: [{ id: IDS[ids].examples[0], event: "device_data", data: JSON.stringify(SAMPLE) }],
    oneOf: (Object.keys(EVENTS) as EventName[]).filter((name) => ids === "one" || name !== "device_columns").map(
      (name) => {
        const has = ids === "several" ? "always" : WITH_ID[name];
        const contentSchema = refTo(name === "device_data" ? deviceData : eventComponent(name));
        return {
          type: "object",
          title: name,
          properties: {
            ...(has && { id }),
            event: { type: "string", const: name },
            data: { type: "string", contentMediaType: "application/json", contentSchema },
          },
          required: [...(has === "always" ? ["id"] : []), "event", "data"],
        };
      },
    ),
  };
}
