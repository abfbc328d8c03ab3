import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** The parameters of a device, from the bench file. They do not change while the device exists. */
const params = z.object({
  amplitude: z.number().positive().default(1).meta({ unit: "V", description: "Height of the wave" }),
});

/** The options of one run of the stream. Set `max` to the fastest rate of the instrument. */
const options = z.object({
  sample_rate: z.number().positive().max(1000).default(10).meta({ unit: "Hz", description: "Samples per second" }),
});

export default defineDriver({
  name: "GeneratorTemplate",
  summary: "A sine wave, simulated",
  params,
  options,
  // The schema of one sample: for plots and documentation. `deno task check-driver` checks it.
  sample: z.number().meta({ unit: "V" }),
  // The permissions that the driver needs: none. To read a file: ({ path }) => ({ read: [path] }).
  permissions: () => ({}),
  // No side effects here: connect(signal) opens the instrument.
  create: ({ amplitude }) => {
    let hertz = 0.5;
    return {
      // For a real instrument, add `async connect(signal)` and `async disconnect()` here.

      // The host starts this and stops it by the signal. When it throws, the host reconnects: do not retry here.
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
  // The methods that people and programs call. The host validates the input before it calls run.
  methods: {
    set_frequency: {
      summary: "Change the frequency of the wave",
      input: z.object({ hertz: z.number().positive().meta({ unit: "Hz", description: "The new frequency" }) }),
      run: (device, { hertz }) => device.setFrequency(hertz),
    },
  },
});
