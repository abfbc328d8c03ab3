import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** A thermometer with a loose cable: after a while it does not answer, and works again at the next connection. */
export default defineDriver({
  name: "DemoFaultySensor",
  summary: "Simulated thermometer with a loose cable",
  params: z.object({
    good_for: z.number().positive().default(30).meta({ unit: "s", description: "How long it works at a time" }),
  }),
  options: z.object({ sample_rate: z.number().positive().max(100).default(2).meta({ unit: "Hz" }) }),
  sample: z.object({ temperature: z.number().meta({ unit: "°C" }) }),
  permissions: () => ({}),
  create: ({ good_for }) => ({
    connect() {
      console.log("the thermometer answers");
    },
    async *stream(signal, { sample_rate }) {
      for await (const n of every(1000 / sample_rate, signal)) {
        if (n / sample_rate > good_for) throw new Error("The thermometer does not answer: is its cable in?");
        yield { temperature: 21 + Math.sin(n / sample_rate / 20) + (Math.random() - 0.5) * 0.1 };
      }
    },
  }),
});
