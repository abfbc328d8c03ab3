import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** The parameters of a device, from the bench file. They do not change while the device exists. */
const params = z.object({
  ambient: z.number().default(21).meta({ unit: "°C", description: "The room's temperature" }),
});

/** The host reads `sample_rate` times a second. Set `max` to the fastest rate of the instrument. */
const options = z.object({
  sample_rate: z.number().positive().max(50).default(2).meta({ unit: "Hz", description: "Samples per second" }),
});

export default defineDriver({
  name: "PolledTemplate",
  summary: "A thermometer with a heater, simulated",
  params,
  options,
  // The schema of one sample: for plots and documentation. `deno task check-driver` checks it.
  sample: z.object({
    temperature: z.number().meta({ unit: "°C" }),
    heating: z.boolean(),
  }),
  // The permissions that the driver needs: none. To read a file: ({ path }) => ({ read: [path] }).
  permissions: () => ({}),
  // No side effects here: connect(signal) opens the instrument.
  create: ({ ambient }) => {
    let temperature = ambient;
    let heating = false;
    return {
      // For a real instrument, add `async connect(signal)` and `async disconnect()` here.

      // One sample. It may be async, and never runs during a method. When it throws, the host reconnects.
      read() {
        temperature += heating ? 0.5 : 0.1 * (ambient - temperature);
        return { temperature, heating };
      },
      heat(on: boolean) {
        heating = on;
      },
    };
  },
  // The methods that people and programs call. The host validates the input before it calls run.
  methods: {
    heat: {
      summary: "Switch the heater",
      input: z.object({ on: z.boolean().meta({ description: "True to heat" }) }),
      run: (device, { on }) => device.heat(on),
    },
  },
});
