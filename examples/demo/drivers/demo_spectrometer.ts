import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

const PIXELS = 256;

/** A line camera behind a grating: a spectrum with two peaks, of which one wanders and the other flickers. */
export default defineDriver({
  name: "DemoSpectrometer",
  summary: "Simulated spectrometer: a line of 256 pixels",
  options: z.object({ sample_rate: z.number().positive().max(50).default(5).meta({ unit: "Hz" }) }),
  sample: z.object({
    spectrum: z.array(z.number()).length(PIXELS).meta({ unit: "counts" }),
    peak: z.number().meta({ unit: "nm", description: "The wavelength of the highest pixel" }),
  }),
  permissions: () => ({}),
  create: () => {
    const state = { exposure: 10 };
    return {
      state,
      async *stream(signal, { sample_rate }) {
        for await (const n of every(1000 / sample_rate, signal)) {
          const seconds = n / sample_rate;
          const wandering = 110 + 15 * Math.sin(seconds / 6);
          const flicker = 0.6 + 0.2 * Math.random();
          const spectrum = Array.from({ length: PIXELS }, (_, pixel) => {
            const light = Math.exp(-(((pixel - wandering) / 6) ** 2)) + flicker * Math.exp(-(((pixel - 190) / 3) ** 2));
            return Math.round((light * 80 + 2 + Math.random() * 3) * state.exposure);
          });
          yield { spectrum, peak: 500 + spectrum.indexOf(Math.max(...spectrum)) * 0.5 };
        }
      },
    };
  },
  properties: {
    exposure: {
      summary: "The time of one exposure",
      schema: z.number().min(1).max(100).meta({ unit: "ms" }),
      get: (camera) => camera.state.exposure,
      set: (camera, ms) => camera.state.exposure = ms,
    },
  },
});
