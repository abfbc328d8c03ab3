import { commandedBy, defineTask, deviceParam, readChannel } from "labdaemon/task";
import { z } from "zod";

/** Sets a property over a range, and reads channels at each point. */
export default defineTask({
  name: "Scan",
  summary: "Sets a property over a range, waits, and reads channels at each point",
  params: z.object({
    set: deviceParam("The device that is set"),
    property: z.string().min(1).meta({ description: "Its property" }),
    from: z.number().default(0).meta({ description: "The first value" }),
    to: z.number().default(1).meta({ description: "The last value" }),
    points: z.int().min(1).max(100_000).default(11).meta({ description: "The number of values" }),
    read: z.array(z.string().min(1)).default([]).meta({
      description:
        "Channels: psu1.current (a property), dmm1.measure() (a method), daq1 or daq1:volts (the next sample)",
      examples: [["psu1.current", "daq1"]],
    }),
    repeats: z.int().min(1).max(10_000).default(1).meta({ description: "How often the range is scanned" }),
    snake: z.boolean().default(false).meta({ description: "Every second time backwards" }),
    finally: z.number().nullable().default(null).meta({
      description: "The value that is set at the end; none: the last",
    }),
  }),
  parameters: z.object({
    settle: z.number().min(0).default(0.1).meta({ unit: "s", description: "The wait between the set and the reading" }),
  }),
  devices: ({ read }) => commandedBy(read),
  // To set the same value again changes nothing.
  onUnknown: "retry",
  async run(context) {
    const { set, property, from, to, points, read, repeats, snake, finally: last } = context.params;
    const device = context.device(set);
    const total = points * repeats;
    for (let at = 0; at < total; at++) {
      const repeat = Math.floor(at / points);
      const forth = at % points;
      const place = snake && repeat % 2 === 1 ? points - 1 - forth : forth;
      const value = points === 1 ? from : from + (to - from) * place / (points - 1);
      const step = repeats === 1 ? `point ${forth + 1}` : `point ${forth + 1} of scan ${repeat + 1}`;
      await context.step(step, async () => {
        const x = await device.set(property, value) ?? value;
        await context.delay(context.parameters.settle * 1000);
        const row: Record<string, unknown> = { x };
        for (const channel of read) row[channel] = await readChannel(context, channel);
        await context.save(step, row);
      });
      await context.progress((at + 1) / total, `${property} ${value}`);
    }
    if (last !== null) await context.step("finally", () => device.set(property, last));
    return { points: total };
  },
});
