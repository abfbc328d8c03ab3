import type { JsonSchema } from "../../wire/driver.ts";
import {
  deviceDataEventSchema,
  deviceStateEventSchema,
  gapEventSchema,
  streamErrorEventSchema,
} from "../../wire/events.ts";
import { refTo } from "./json_schema.ts";

/** The `data` of each event, by the event's name. */
export const EVENTS = {
  device_data: deviceDataEventSchema,
  device_state: deviceStateEventSchema,
  gap: gapEventSchema,
  stream_error: streamErrorEventSchema,
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
