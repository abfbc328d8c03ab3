/** The history of a device: its past samples, thinned for a plot. */
import { z } from "zod";
import { countSchema, deviceIdSchema, objectSchema, timeSchema } from "./values.ts";

/** The points of a channel. */
export const MAX_POINTS = 5000;

/** The channels of one answer. */
export const MAX_HISTORY_CHANNELS = 64;

/** The query of `GET /devices/{device_id}/history`. */
export const historyQuerySchema = z.strictObject({
  from: z.string().optional().meta({
    description: "RFC 3339; samples from this time on. An hour before `to`, by default",
  }),
  to: z.string().optional().meta({ description: "RFC 3339; samples before this time. Now, by default" }),
  points: countSchema.min(2).max(MAX_POINTS).optional().meta({
    description: "For each channel: the smallest and the largest number of half as many intervals. 1000 by default",
  }),
  channels: z.string().optional().meta({
    description: `Names, separated by commas: \`cpu.total\`; at most ${MAX_HISTORY_CHANNELS}. All, by default`,
    examples: ["cpu.total"],
  }),
});

/** One channel of a history. */
export const historyChannelSchema = z.object({
  name: z.string().meta({ description: "`value` for a sample without names", examples: ["cpu.total"] }),
  unit: z.string().meta({ description: "Of its driver's present schema; may be empty" }),
  times: z.array(z.int()).meta({ unit: "µs", description: "Since 1970, in order: of the samples themselves" }),
  values: z.array(z.number().nullable()).meta({ description: "null: a sample that is no number, as an overload" }),
});

/** The answer to `GET /devices/{device_id}/history`. */
export const historySchema = z.object({
  device_id: deviceIdSchema,
  from: timeSchema,
  to: timeSchema.meta({ description: "The end of what was read: earlier than asked for if not `complete`" }),
  complete: z.boolean().meta({ description: "False if reading took too long: ask again from `to` on" }),
  oldest: timeSchema.nullable().meta({
    description: "The time of the oldest that is kept of the device; null: nothing",
  }),
  samples: countSchema.meta({ description: "The samples that were thinned" }),
  channels: z.array(historyChannelSchema),
  more_channels: z.boolean().meta({ description: "True if there are channels that are not in it" }),
  events: z.array(objectSchema).meta({
    description:
      "The events `device_state`, `gap` and `clock`, as they were streamed, in order. A `gap` with the reason " +
      "`expired` counts what is kept nowhere",
  }),
  more_events: z.boolean().meta({ description: "True if there are events that are not in it" }),
  damaged: z.array(z.string()).meta({ description: "Files of recordings that could not be read" }),
}).meta({ id: "History", description: "What a device streamed in a span of time, thinned" });
/** The samples of a device in a span of time, thinned. */
export type HistoryAnswer = z.output<typeof historySchema>;
