import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** A misspelt param is dropped without a word. */
export default defineDriver({
  name: "TakesUnknownParams",
  params: z.looseObject({ high: z.number().default(1) }),
  create: ({ high }) => ({
    async *stream(signal) {
      for await (const _ of every(20, signal)) yield high;
    },
  }),
});
