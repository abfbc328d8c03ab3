import { defineDriver, every, stamped } from "labdaemon/driver";
import { z } from "zod";
import { Signal } from "./_signal.ts";

const amplitude = z.number().min(0).max(1000).meta({ unit: "V", description: "Height above and below the offset" });
const frequency = z.number().min(0).max(100_000).meta({ unit: "Hz" });
const offset = z.number().min(-1000).max(1000).meta({ unit: "V", description: "Mean of the sine" });

/**
 * A sine whose value is known at each time stamp: for tests, and to learn plots and recordings with. It needs no
 * hardware. Each sample is stamped with the exact time for which it was computed.
 */
export default defineDriver({
  name: "SineGenerator",
  summary: "A known signal without hardware: one sine",
  params: z.object({
    amplitude: amplitude.default(1),
    frequency: frequency.default(1),
    offset: offset.default(0),
    phase: z.number().min(0).max(360).default(0).meta({ unit: "°", description: "Phase of a run's first sample" }),
  }),
  options: z.object({
    sample_rate: z.number().positive().max(20_000).default(100).meta({ unit: "Hz", description: "Samples per second" }),
  }),
  sample: z.number().meta({ unit: "V" }),
  create: ({ phase, ...settings }) => {
    const sine = { shape: "sine" as const, duty: 0.5, end_frequency: 0, sweep_time: 1, ...settings };
    return {
      sine,
      async *stream(signal, { sample_rate }) {
        const source = new Signal(sine, { phase: phase / 360 });
        let next = 0;
        for await (const tick of every(1000 / sample_rate, signal)) {
          // After a stall of more than a second, ticks are left out.
          if (tick > next) source.skip((tick - next) / sample_rate);
          next = tick + 1;
          yield stamped(tick * 1000 / sample_rate, source.next(1 / sample_rate));
        }
      },
    };
  },
  properties: {
    amplitude: { schema: amplitude, get: ({ sine }) => sine.amplitude, set: ({ sine }, it) => sine.amplitude = it },
    frequency: { schema: frequency, get: ({ sine }) => sine.frequency, set: ({ sine }, it) => sine.frequency = it },
    offset: { schema: offset, get: ({ sine }) => sine.offset, set: ({ sine }, it) => sine.offset = it },
  },
});
