import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** Has an option that changes nothing. */
export default defineDriver({
  name: "IgnoresItsRate",
  options: z.object({ sample_rate: z.number().positive().default(50) }),
  create: () => ({
    async *stream(signal) {
      for await (const _ of every(20, signal)) yield 1;
    },
  }),
});
