import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** What makes a device, from the bench file. Each device has its own; they never change. */
const params = z.object({
  amplitude: z.number().positive().default(1).meta({ unit: "V", description: "Height of the wave" }),
});

/** What shapes one run of the stream. Give the rate a `max` that the instrument can really do. */
const options = z.object({
  sample_rate: z.number().positive().max(1000).default(10).meta({ unit: "Hz", description: "Samples per second" }),
});

export default defineDriver({
  name: "GeneratorTemplate",
  summary: "A sine wave, simulated",
  params,
  options,
  // What one sample looks like: for plots, for documentation, and checked by `deno task check-driver`.
  sample: z.number().meta({ unit: "V" }),
  // What the driver may touch. Nothing, here; a file would be ({ path }) => ({ read: [path] }).
  permissions: () => ({}),
  // No side effects in here: connect(signal) opens what there is to open.
  create: ({ amplitude }) => {
    let hertz = 0.5;
    return {
      // Add `async connect(signal)` and `async disconnect()` here, when there is an instrument.

      // The host starts this and stops it by the signal. Throw, and the host reconnects: no retry in here.
      async *stream(signal, { sample_rate }) {
        for await (const tick of every(1000 / sample_rate, signal)) {
          yield amplitude * Math.sin(2 * Math.PI * hertz * tick / sample_rate);
        }
      },
      setFrequency(to: number) {
        hertz = to;
      },
    };
  },
  // What people and programs may call. The host validates the input before run sees it.
  methods: {
    set_frequency: {
      summary: "Change the frequency of the wave",
      input: z.object({ hertz: z.number().positive().meta({ unit: "Hz", description: "The new frequency" }) }),
      run: (device, { hertz }) => device.setFrequency(hertz),
    },
  },
});
