import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** Numbers its samples; the wall clock of its process is set before the sample 5, and set right before the sample 10. */
export default defineDriver({
  name: "ClockSetter",
  params: z.object({ step: z.number() }),
  create: ({ step }) => ({
    async *stream(signal) {
      const { now } = Date;
      for await (const n of every(10, signal)) {
        if (n === 5) Date.now = () => now() + step * 1000;
        if (n === 10) Date.now = now;
        yield n;
      }
    },
  }),
});
