import { every } from "labdaemon/driver";
import { z } from "zod";

/** The points of a waveform. */
export const params = z.object({ points: z.number().int().positive().default(1024) });

/** The rate of waveforms. */
export const options = z.object({ sample_rate: z.number().positive().default(1000).meta({ unit: "Hz" }) });

/** Waveforms of `points` doubles that all differ: nothing in them is short in JSON. */
export function waveforms({ points }: { points: number }) {
  const noise = Float64Array.from({ length: points }, () => Math.random() * 10);
  return {
    async *stream(signal: AbortSignal, { sample_rate }: { sample_rate: number }) {
      for await (const _ of every(1000 / sample_rate, signal)) yield noise;
    },
  };
}
