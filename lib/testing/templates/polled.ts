import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** What makes a device, from the bench file. Each device has its own; they never change. */
const params = z.object({
  ambient: z.number().default(21).meta({ unit: "°C", description: "The room's temperature" }),
});

/** The host reads `sample_rate` times a second. Give it a `max` that the instrument can really do. */
const options = z.object({
  sample_rate: z.number().positive().max(50).default(2).meta({ unit: "Hz", description: "Samples per second" }),
});

export default defineDriver({
  name: "PolledTemplate",
  summary: "A thermometer with a heater, simulated",
  params,
  options,
  // What one sample looks like: for plots, for documentation, and checked by `deno task check-driver`.
  sample: z.object({
    temperature: z.number().meta({ unit: "°C" }),
    heating: z.boolean(),
  }),
  // What the driver may touch. Nothing, here; a file would be ({ path }) => ({ read: [path] }).
  permissions: () => ({}),
  // No side effects in here: connect(signal) opens what there is to open.
  create: ({ ambient }) => {
    let temperature = ambient;
    let heating = false;
    return {
      // Add `async connect(signal)` and `async disconnect()` here, when there is an instrument.

      // One sample. It may be async, and never runs while a method does. Throw, and the host reconnects.
      read() {
        temperature += heating ? 0.5 : 0.1 * (ambient - temperature);
        return { temperature, heating };
      },
      heat(on: boolean) {
        heating = on;
      },
    };
  },
  // What people and programs may call. The host validates the input before run sees it.
  methods: {
    heat: {
      summary: "Switch the heater",
      input: z.object({ on: z.boolean().meta({ description: "Whether it heats" }) }),
      run: (device, { on }) => device.heat(on),
    },
  },
});
