import { z } from "zod";
import { defineDriver, every } from "../../lib/driver/mod.ts";
import { type WebBench, webBench } from "./web_bench.ts";

const Tree: z.ZodType = z.object({
  name: z.string(),
  get children() {
    return z.array(Tree);
  },
}).meta({ id: "A tree" });

/** An id that a JSON pointer cannot hold as it is. */
const Shared = z.object({ bias: z.number() }).meta({ id: "a/shared~thing" });

/** A driver with all that a schema can hold. */
const Rich = defineDriver({
  name: "Rich",
  summary: "Everything at once",
  params: z.object({
    gain: z.number().default(2).meta({ unit: "dB", description: "How loud", step: 0.5 }),
    tree: Tree.optional(),
    shared: z.object({ first: Shared, second: Shared }).optional(),
    ratio: z.number().optional().meta({ unit: 1 }),
  }),
  options: z.object({
    channels: z.array(z.int()).default([0]).meta({ description: "Which" }),
    label: z.string().default(""),
    window: z.object({ from: z.number() }).optional(),
  }),
  sample: z.object({
    wave: z.array(z.number().meta({ unit: "V" })),
    default: z.number().meta({ unit: "A" }),
    loose: z.union([z.number(), z.boolean()]).optional(),
  }),
  create: () => ({
    async *stream(signal) {
      for await (const _ of every(1000, signal)) yield { wave: [0.5, NaN], default: 1 };
    },
  }),
  properties: {
    gain: { summary: "How loud", schema: z.number().min(0).max(60).meta({ unit: "dB", step: 0.5 }), set: () => {} },
    place: { schema: z.object({ tree: Tree, x: z.number().meta({ unit: "mm" }) }), set: () => {} },
    mode: { schema: z.enum(["a", "b"]), get: () => "a" as const },
  },
  methods: {
    move: {
      summary: "Go",
      input: z.object({ x: z.number().meta({ unit: "mm" }), "odd/key": z.string().default("") }),
      run: (_, it) => it,
    },
    home: { run: () => "home" },
  },
});

/** A bench with "rich1", whose driver has all that a schema can hold, and "odd.1-_" of a registered class with an odd name. */
export async function richBench(): Promise<WebBench> {
  const bench = await webBench();
  bench.daemon.registerPlugins({
    devices: {
      Rich,
      "My odd/DAQ": class {
        add(a: number, b: number) {
          return a + b;
        }
      },
    },
  });
  await (await bench.daemon.addDevice("rich1", "Rich")).connect();
  await (await bench.daemon.addDevice("odd.1-_", "My odd/DAQ")).connect();
  return bench;
}
