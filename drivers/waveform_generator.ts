import { block, defineDriver, every } from "labdaemon/driver";
import { z } from "zod";
import { SHAPES, Signal } from "./_signal.ts";

const shape = z.enum(SHAPES).meta({ description: "Form of the signal" });
const amplitude = z.number().min(0).max(1000).meta({ unit: "V", description: "Height above and below the offset" });
const frequency = z.number().min(0).max(1e6).meta({ unit: "Hz", description: "Of a chirp: at its beginning" });
const offset = z.number().min(-1000).max(1000).meta({ unit: "V", description: "Mean of the signal" });
const duty = z.number().min(0).max(1).meta({ description: "Part of a period for which a square is high" });

/**
 * Known signals without hardware, sample by sample or in blocks, as a card with a buffer gives them: up to a million
 * samples a second.
 */
export default defineDriver({
  name: "WaveformGenerator",
  summary: "Known signals without hardware: sine, square, noise, chirp; sample by sample or in blocks",
  params: z.object({
    shape: shape.default("sine"),
    amplitude: amplitude.default(1),
    frequency: frequency.default(1),
    offset: offset.default(0),
    duty: duty.default(0.5),
    end_frequency: frequency.default(10).meta({ unit: "Hz", description: "Of a chirp: at its end" }),
    sweep_time: z.number().positive().max(86_400).default(10).meta({ unit: "s", description: "Length of a chirp" }),
    seed: z.number().int().min(0).max(2 ** 32 - 1).default(0).meta({
      description: "The same seed gives the same noise",
    }),
  }),
  options: z.object({
    sample_rate: z.number().positive().max(1e6).default(1000).meta({ unit: "Hz", description: "Samples per second" }),
    block_size: z.number().int().min(1).max(100_000).default(10).meta({
      unit: "samples",
      description: "Samples that are given at once; at 20 kHz and more, at least a thousandth of the rate",
    }),
  }),
  sample: z.number().meta({ unit: "V" }),
  create: ({ seed, ...settings }) => ({
    settings,
    async *stream(signal, { sample_rate, block_size }) {
      const source = new Signal(settings, { seed });
      const dt = 1000 / sample_rate;
      // Blocks that came more often than every millisecond would only cost time.
      const length = sample_rate < 20_000 ? block_size : Math.max(block_size, Math.ceil(sample_rate / 1000));
      const values = new Float64Array(length);
      let next = 0;
      for await (const tick of every(length * dt, signal)) {
        // After a stall of more than a second, ticks are left out.
        if (tick > next) source.skip((tick - next) * length / sample_rate);
        next = tick + 1;
        for (let i = 0; i < length; i++) values[i] = source.next(1 / sample_rate);
        yield block({ t0: tick * length * dt, dt, values });
      }
    },
  }),
  properties: {
    shape: { schema: shape, get: (it) => it.settings.shape, set: (it, value) => it.settings.shape = value },
    amplitude: {
      schema: amplitude,
      get: (it) => it.settings.amplitude,
      set: (it, value) => it.settings.amplitude = value,
    },
    frequency: {
      schema: frequency,
      get: (it) => it.settings.frequency,
      set: (it, value) => it.settings.frequency = value,
    },
    offset: { schema: offset, get: (it) => it.settings.offset, set: (it, value) => it.settings.offset = value },
    duty: { schema: duty, get: (it) => it.settings.duty, set: (it, value) => it.settings.duty = value },
  },
});
