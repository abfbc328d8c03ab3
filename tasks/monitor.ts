import { defineTask, deviceParam, valueAt } from "labdaemon/task";
import { z } from "zod";

/** Watches a channel; when it is beyond its limits, notes it, makes devices safe, and ends. */
export default defineTask({
  name: "Monitor",
  summary: "Watches a channel of a stream; beyond its limits it makes devices safe, and ends",
  params: z.object({
    // Reading needs no ownership: the device may be another one's.
    watch: z.string().min(1).meta({ description: "The device whose stream is watched", examples: ["daq1"] }),
    channel: z.string().default("").meta({ description: "The value in its sample; empty: the sample is the value" }),
    above: z.number().nullable().default(null).meta({ description: "The upper limit" }),
    below: z.number().nullable().default(null).meta({ description: "The lower limit" }),
    for: z.number().min(0).default(0).meta({ unit: "s", description: "How long it must be beyond a limit" }),
    safe: z.array(deviceParam()).default([]).meta({ description: "The devices that are then made safe" }),
    duration: z.number().positive().nullable().default(null).meta({
      unit: "s",
      description: "How long it watches; none: until it is cancelled",
    }),
  }),
  async run(context) {
    const { watch, channel, above, below, for: seconds, safe, duration } = context.params;
    const begin = performance.now();
    let since: number | undefined;
    let samples = 0;
    for await (const { payload, timestamp } of context.device(watch).stream()) {
      await context.checkpoint();
      samples++;
      const value = valueAt(payload, channel);
      const now = performance.now();
      const isBeyond = typeof value === "number" &&
        ((above !== null && value > above) || (below !== null && value < below));
      since = isBeyond ? since ?? now : undefined;
      if (since !== undefined && now - since >= seconds * 1000) {
        const limit = above !== null && (value as number) > above ? `above ${above}` : `below ${below}`;
        const what = `${watch}${channel && `:${channel}`} is ${value}, ${limit}`;
        for (const id of safe) await context.device(id).makeSafe(what);
        await context.note(what);
        await context.save("limit", { at: timestamp, value, limit });
        return { beyond: true, value, limit, samples };
      }
      if (duration !== null && now - begin >= duration * 1000) break;
      await context.progress(duration === null ? null : Math.min(1, (now - begin) / 1000 / duration), `${value}`);
    }
    return { beyond: false, samples };
  },
});
