import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

const options = z.object({ sample_rate: z.number().positive().default(100).meta({ unit: "Hz" }) });

export default defineDriver({
  name: "ArraysTS",
  summary: "Arrays of 1 MB of float64, as base64",
  options,
  arrays: "base64",
  create() {
    const values = Float64Array.from({ length: 125_000 }, () => Math.random());
    return {
      async *stream(signal, { sample_rate }) {
        for await (const _ of every(1000 / sample_rate, signal)) yield values;
      },
    };
  },
});
