import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

const samples = {
  ordinary: [0, "", false, null, undefined, [], {}, NaN, -Infinity, 5n, new Float32Array([0.5, NaN]), new Date(0)],
  cycle: ["before", cycle, "after"],
  function: ["before", () => {}, "after"],
};

/** Yields what JSON has no word for. */
export default defineDriver({
  name: "OddSamples",
  options: z.object({ which: z.enum(["ordinary", "cycle", "function"]) }),
  create: () => ({
    async *stream(_signal, { which }) {
      yield* samples[which];
      await new Promise((resolve) => _signal.addEventListener("abort", resolve));
    },
  }),
  methods: {
    give: { input: z.object({ which: z.enum(["cycle", "function"]) }), run: (_, { which }) => samples[which][1] },
  },
});
