import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** A misspelt option is dropped without a word. */
export default defineDriver({
  name: "TakesUnknownOptions",
  options: z.looseObject({ gain: z.number().default(1) }),
  create: () => ({
    async *stream(signal, { gain }) {
      for await (const _ of every(20, signal)) yield gain;
    },
  }),
});
