import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

const position = z.number().min(0).max(100).meta({ unit: "mm" });

/** A linear stage that moves at 10 mm/s. `move_to` ends when it has arrived. */
export default defineDriver({
  name: "DemoStage",
  summary: "Simulated linear stage of 100 mm",
  options: z.object({ sample_rate: z.number().positive().max(100).default(10).meta({ unit: "Hz" }) }),
  sample: z.object({ position }),
  permissions: () => ({}),
  create: () => {
    const state = { position: 20, speed: 10 };
    return {
      state,
      async *stream(signal, { sample_rate }) {
        for await (const _ of every(1000 / sample_rate, signal)) yield { position: state.position };
      },
    };
  },
  methods: {
    move_to: {
      summary: "Move, and wait until it has arrived",
      input: z.object({ target: position.meta({ description: "Where to go", unit: "mm" }) }),
      limit: "2min",
      async run({ state: stage }, { target }, { signal }) {
        const stepMs = 20;
        for await (const _ of every(stepMs, signal)) {
          const step = stage.speed * stepMs / 1000;
          const left = target - stage.position;
          if (Math.abs(left) <= step) return stage.position = target;
          stage.position += Math.sign(left) * step;
        }
      },
    },
  },
  properties: {
    position: { summary: "Where it is", schema: position, get: (stage) => stage.state.position },
    speed: {
      summary: "How fast it moves",
      schema: z.number().min(1).max(50).meta({ unit: "mm/s" }),
      get: (stage) => stage.state.speed,
      set: (stage, speed) => stage.state.speed = speed,
    },
  },
});
