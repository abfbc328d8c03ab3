import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** A correct driver. Counts from 0 in each run, and returns the id of its process. */
export default defineDriver({
  name: "Counter",
  options: z.object({ sample_rate: z.number().positive().default(1000) }),
  sample: z.number(),
  create: () => ({
    async *stream(signal, { sample_rate }) {
      yield* every(1000 / sample_rate, signal);
    },
  }),
  methods: {
    pid: { run: () => Deno.pid },
    echo: { input: z.object({ value: z.unknown() }), run: (_, { value }) => value },
  },
});
