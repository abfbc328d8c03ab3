import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** Has so many samples, and no more. */
export default defineDriver({
  name: "Finite",
  options: z.object({ count: z.number().int().default(3) }),
  create: () => ({
    async *stream(_signal, { count }) {
      for (let n = 0; n < count; n++) yield await Promise.resolve(n);
    },
  }),
});
