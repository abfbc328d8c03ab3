import { deviceStreamQuerySchema, streamQuerySchema } from "../../wire/stream_query.ts";
import { eventStreamSchema, IDS } from "./events.ts";
import type { Operation, Parameter } from "./operation.ts";

const HOW = `
Server-sent events: \`device_state\` first, then \`device_data\` for each sample as it comes, \`device_state\` at every
change, \`gap\` for samples that this reader will not get, \`stream_error\` when the driver fails. For every reader within
an epoch, the samples received and those in gaps are all that were produced. Pass over events that you do not know.

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

The stream begins with \`retry: 2000\`: come back after 2 s. After 15 s of silence there is a comment, \`: keep-alive\`.
To resume, give the last \`id\` back as \`Last-Event-ID\` (which browsers do by themselves) or as \`since\`. A reader whose
socket has been full for 60 s is closed; it may resume.

A page that waits for the end of an answer, as \`/docs\` does, waits for ever: open the path in a tab of its own, or with
\`curl -N\`.

Numbers that are none (NaN, infinities) travel as \`null\`. Where the driver or the bench file says \`arrays: base64\`, a
typed array travels as \`{"dtype":"float32","shape":[1024],"base64":"…"}\`, little-endian.
`.trim();

const lastEventId = (ids: keyof typeof IDS) => ({
  "Last-Event-ID": {
    description:
      "The same as `since`, and stronger; who comes back with it does not undo an explicit stop. An id that " +
      "cannot be read is one of another epoch",
    schema: { type: "string", examples: IDS[ids].examples },
  },
});

/** Free keys of a query. */
const options: Parameter = {
  name: "options",
  in: "query",
  description:
    "Any of the driver's options, each under its own name (`sample_rate=100`), shape the run if this reader " +
    "starts it. Lists are joined by commas. The paths of the single devices name them",
  style: "form",
  explode: true,
  schema: { type: "object", additionalProperties: true },
};

export const streamDevice: Operation = {
  id: "streamDevice",
  tag: "Streams",
  summary: "its events, as they come",
  description:
    `The first reader starts a device that is connected, and the last one that leaves stops it. Whatever the ` +
    `device's state, the stream opens, and tells it.\n\n${HOW}`,
  query: deviceStreamQuerySchema,
  headers: lastEventId("one"),
  parameters: [options],
  answers: {
    200: { description: "Its events", media: { "text/event-stream": eventStreamSchema("one") } },
  },
  refusals: ["InvalidRequest", "DeviceNotFound", "DriverError", "DeviceTimeout"],
};

export const streamDevices: Operation = {
  id: "streamDevices",
  tag: "Streams",
  summary: "the events of several devices, or of all (?devices=a,b or *)",
  description:
    `One connection for many devices: a browser has six for each origin. Every event's \`id\` says the place ` +
    `in all devices.\n\n${HOW}`,
  query: streamQuerySchema,
  headers: lastEventId("several"),
  answers: {
    200: { description: "Their events", media: { "text/event-stream": eventStreamSchema("several") } },
  },
  refusals: ["InvalidRequest", "DeviceNotFound"],
};
