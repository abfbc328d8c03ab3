import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** A laboratory supply with a resistor at its output. Its voltage follows the setting within a second, as a real one's does. */
export default defineDriver({
  name: "DemoSupply",
  summary: "Simulated supply with a resistor at its output",
  params: z.object({
    load: z.number().positive().default(10).meta({ unit: "Ω", description: "The resistor at its output" }),
  }),
  options: z.object({ sample_rate: z.number().positive().max(100).default(10).meta({ unit: "Hz" }) }),
  sample: z.object({ voltage: z.number().meta({ unit: "V" }), current: z.number().meta({ unit: "A" }) }),
  permissions: () => ({}),
  create: ({ load }) => {
    const state = { target: 5, isOn: true, voltage: 0 };
    return {
      state,
      async *stream(signal, { sample_rate }) {
        for await (const _ of every(1000 / sample_rate, signal)) {
          const target = state.isOn ? state.target : 0;
          state.voltage += (target - state.voltage) * Math.min(1, 4 / sample_rate);
          const noise = () => (Math.random() - 0.5) * 0.002;
          yield { voltage: state.voltage + noise(), current: state.voltage / load + noise() };
        }
      },
      // Called before the instrument is left alone: by "Make safe", and when an owner vanishes.
      safe() {
        state.isOn = false;
      },
    };
  },
  properties: {
    voltage: {
      summary: "The voltage that is asked for",
      schema: z.number().min(0).max(30).multipleOf(0.1).meta({ unit: "V" }),
      get: (supply) => supply.state.target,
      set: (supply, volts) => supply.state.target = volts,
    },
    output: {
      summary: "The switch of the output",
      schema: z.boolean(),
      get: (supply) => supply.state.isOn,
      set: (supply, isOn) => supply.state.isOn = isOn,
    },
  },
});
