import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/**
 * The driver to copy. It needs no hardware: it yields one channel of uniform noise, at the rate of its options.
 *
 * Names on the wire (params, options, methods) are snake_case. Units and descriptions stand in the schemas: forms,
 * documentation and plots show them.
 */
export default defineDriver({
  name: "StreamingDAQ",
  summary: "Simulated DAQ: one channel of uniform noise",
  params: z.object({
    high: z.number().default(10).meta({ unit: "V", description: "Upper end of the range; the lower end is 0" }),
  }),
  options: z.object({
    sample_rate: z.number().positive().default(10).meta({ unit: "Hz", description: "Samples per second" }),
  }),
  sample: z.number().meta({ unit: "V", description: "One value between 0 and the upper end" }),
  // No network, no files. An instrument on the network would write ({ host }) => ({ net: [`${host}:5025`] }).
  permissions: () => ({}),
  create: ({ high }) => ({
    // A real instrument would be opened in connect(signal), closed in disconnect(), and read here.
    async *stream(signal, { sample_rate }) {
      for await (const _ of every(1000 / sample_rate, signal)) yield Math.random() * high;
    },
    getHigh: () => high,
    setHigh: (volts: number) => {
      high = volts;
    },
  }),
  methods: {
    set_high: {
      summary: "Change the upper end of the range",
      input: z.object({ volts: z.number().meta({ unit: "V", description: "The new upper end" }) }),
      run: (daq, { volts }) => daq.setHigh(volts),
    },
  },
  // What can be read and set. What is set is read back, so that everybody sees what the instrument has taken.
  properties: {
    high: {
      summary: "Upper end of the range",
      schema: z.number().min(0).max(1000).meta({ unit: "V" }),
      get: (daq) => daq.getHigh(),
      set: (daq, volts) => daq.setHigh(volts),
    },
  },
});
