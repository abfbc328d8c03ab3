import { LAST_EVENT_ID } from "../../wire/headers.ts";
import { deviceStreamQuerySchema, streamQuerySchema } from "../../wire/stream_query.ts";
import { eventStreamSchema, IDS } from "./event_stream.ts";
import type { Operation, Parameter } from "./operation.ts";

const PROTOCOL = `
Server-sent events: \`device_state\` first, then \`device_data\` for each sample, \`device_state\` at every change, \`gap\` for
samples that this reader will not get, \`clock\` where the daemon's clock was set, \`stream_error\` when the driver fails. Within an epoch, the samples that a reader
receives and those in its gaps are all that were produced. Ignore events that you do not know.

\`\`\`
retry: 2000

id: k3f9-41
event: device_state
data: {"event":"device_state","device_id":"daq1","timestamp":"2026-11-22T06:25:52.023456Z","state":"streaming","restarts":0}

id: k3f9-42
event: device_data
data: {"event":"device_data","device_id":"daq1","sequence":42,"timestamp":"2026-11-22T06:25:52.123456Z","payload":7.31}

: keep-alive

\`\`\`

The stream begins with \`retry: 2000\`: reconnect after 2 s. After 15 s of silence there is a comment, \`: keep-alive\`.
To resume, send the last \`id\` as \`Last-Event-ID\` (browsers do this) or as \`since\`. A reader whose socket has been full
for 60 s is closed; it may resume.

The answer does not end, so \`/docs\` cannot try it out: use \`curl -N\`, \`deno task ctl tail\`, or open the path in a tab.

NaN and infinities travel as \`null\`. Where the driver or the bench file says \`arrays: base64\`, a typed array travels as
\`{"dtype":"float32","shape":[1024],"base64":"…"}\`, little-endian. \`dtype\` is the name in NumPy: \`int8\` to \`int64\`,
\`uint8\` to \`uint64\`, \`float16\`, \`float32\` or \`float64\`.
`.trim();

const lastEventId = (ids: keyof typeof IDS): Parameter => ({
  name: LAST_EVENT_ID,
  in: "header",
  description:
    "As `since`, and stronger: a reader that sends it starts no device that was stopped. An id that cannot be " +
    "read counts as one of another epoch",
  schema: { type: "string", examples: IDS[ids].examples },
});

/** Free keys of a query. */
const options: Parameter = {
  name: "options",
  in: "query",
  description:
    "The driver's options, each under its own name (`sample_rate=100`), shape the run if this reader starts it. Lists " +
    "are joined by commas. The paths of the single devices name them",
  style: "form",
  explode: true,
  schema: { type: "object", additionalProperties: true },
};

/** The routes of `/stream`. */
export const STREAM_OPERATIONS: Record<string, Operation> = {
  "GET /stream/devices/{device_id}": {
    id: "streamDevice",
    summary: "the events of a device, as they come",
    description:
      "The first reader starts a device that is connected; when the last reader leaves, the device stops. The stream " +
      `opens in every state of the device, and reports the state.\n\n${PROTOCOL}`,
    query: deviceStreamQuerySchema,
    parameters: [lastEventId("one"), options],
    answer: { description: "Its events", media: { "text/event-stream": eventStreamSchema("one") } },
    errors: [
      ...["InvalidRequest", "DriverError", "DeviceTimeout", "Unavailable"] as const,
      ...["DeviceInUse", "LeaseEnded", "LeaseRequired"] as const,
    ],
  },
  "GET /stream": {
    id: "streamDevices",
    summary: "the events of several devices, or of all (?devices=a,b or *)",
    description:
      "One connection for many devices: browsers allow six for each origin. The `id` of every event is the place " +
      `in all devices.\n\n${PROTOCOL}`,
    query: streamQuerySchema,
    parameters: [lastEventId("several")],
    answer: { description: "Their events", media: { "text/event-stream": eventStreamSchema("several") } },
    errors: ["InvalidRequest", "DeviceNotFound", "Forbidden", "Unavailable"],
  },
};
