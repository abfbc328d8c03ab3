import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** Takes hertz for milliseconds. */
export default defineDriver({
  name: "TakesRateForPeriod",
  options: z.object({ sample_rate: z.number().positive().default(50) }),
  create: () => ({
    async *stream(signal, { sample_rate }) {
      for await (const _ of every(sample_rate, signal)) yield 1;
    },
  }),
});
