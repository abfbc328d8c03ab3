import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** Says volts, and yields what the instrument wrote. */
export default defineDriver({
  name: "YieldsAnotherType",
  sample: z.object({ volts: z.number() }),
  create: () => ({
    async *stream(signal) {
      for await (const _ of every(20, signal)) yield { volts: "+1.25E+00" };
    },
  }),
});
