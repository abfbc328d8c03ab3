import { z } from "zod";
import type { PackedArray } from "./packed_array.ts";
import { countSchema, deviceIdSchema } from "./values.ts";

/** The ways to thin a stream: the newest sample of each interval, or its smallest and its largest number. */
export const THIN_MODES = ["newest", "minmax"] as const;
/** The ways to get samples: each as an event, or the numbers of many as columns. */
export const STREAM_FORMATS = ["events", "columns"] as const;

/** The daemon's own keys in the query of `/stream/devices/{id}`. */
export const deviceStreamQuerySchema = z.object({
  since: z.string().optional().meta({
    description: "Resume after the event with this `id`",
    examples: ["k3f9-42"],
  }),
  past: z.number().positive().optional().meta({
    unit: "s",
    description:
      "Begin with the samples of this last period, as far as the daemon still has them, where there is nothing to resume: " +
      "at the device's rate or, with `max_rate`, thinned as if the reader had been there",
    examples: [30],
  }),
  max_rate: z.number().positive().optional().meta({
    unit: "Hz",
    description: "Thin this stream; each sample then gives in `skipped` how many were left out before it",
    examples: [20],
  }),
  thin: z.enum(THIN_MODES).optional().meta({
    description:
      "With `max_rate`: the samples to keep of each interval: the newest (the default), or the smallest and " +
      "the largest number",
  }),
  ticket: z.string().optional().meta({
    description: "A ticket of `POST /tickets`, in place of a token: for an `EventSource`, which can send no header",
  }),
  waits: z.boolean().optional().meta({
    description:
      "Start no device that was stopped, as with `Last-Event-ID`: for a page that opens another stream by itself",
  }),
  no_samples: z.boolean().optional().meta({
    description: "All events but the samples and their gaps; no device streams for this reader, and it is not counted",
  }),
  joins: z.boolean().optional().meta({
    description: "Join the streams that others have started; no device streams for this reader, and it is not counted",
  }),
  format: z.enum(STREAM_FORMATS).optional().meta({
    description: "`columns`: samples in a row whose payloads are numbers become one event `device_columns`",
  }),
});

/** The keys in the query of `/stream`. */
export const streamQuerySchema = deviceStreamQuerySchema.omit({ format: true }).extend({
  devices: z.string().meta({ description: "Their ids, joined by commas; `*` for all", examples: ["daq1,host1", "*"] }),
  since: z.string().optional().meta({
    description: "Resume after the event with this `id`",
    examples: ["k3f9;daq1:42;host1:7"],
  }),
});

const columnSchema = z.object({
  dtype: z.string().meta({ examples: ["float64"] }),
  shape: z.array(z.number()).meta({ description: "The number of samples", examples: [[210]] }),
  base64: z.string().meta({ description: "Little-endian" }),
});

/** Samples in a row, as columns. */
export const deviceColumnsEventSchema = z.object({
  event: z.literal("device_columns"),
  device_id: deviceIdSchema,
  sequence: countSchema.meta({ description: "The first sample's; the others follow one by one", examples: [4200] }),
  count: countSchema.meta({ description: "The number of samples", examples: [210] }),
  timestamps: columnSchema.meta({ unit: "µs", description: "The time of each sample, since 1970, UTC: int64" }),
  received: columnSchema.optional().meta({
    unit: "µs",
    description: "The host's time of each, where `timestamps` are the instrument's",
  }),
  payload: z.unknown().meta({
    description:
      "The samples' numbers as a column of float64, in place of each number of a payload; NaN where it is null",
    examples: [{ dtype: "float64", shape: [2], base64: "AAAAAAAA8D8AAAAAAAAAQA==" }],
  }),
}).meta({
  id: "DeviceColumns",
  description: "With `format=columns`: samples in a row whose payloads are numbers, in place of their `device_data`",
});
/** Samples in a row, as columns. */
export type DeviceColumnsEvent = z.output<typeof deviceColumnsEventSchema>;

/** The numbers of samples: a column, or one for each name. */
export type NumberColumns = PackedArray | { [name: string]: NumberColumns };
