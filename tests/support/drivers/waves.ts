import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** A digitizer: waveforms of any length, each a ramp that begins with its own number. */
export default defineDriver({
  name: "Waves",
  params: z.object({ points: z.number().int().positive().default(1_000_000) }),
  options: z.object({ sample_rate: z.number().positive().default(2) }),
  create: ({ points }) => ({
    async *stream(signal, { sample_rate }) {
      let n = 0;
      for await (const _ of every(1000 / sample_rate, signal)) {
        const first = n++;
        yield Float32Array.from({ length: points }, (_, i) => first + i / points);
      }
    },
  }),
});
