import { defineDriver, every, share } from "labdaemon/driver";
import { z } from "zod";

/** The number of connections that this process has opened. */
let opened = 0;

/** A driver whose devices share a process and a connection, and that can break in every way. */
export default defineDriver({
  name: "Unit",
  params: z.object({
    host: z.string().default("127.0.0.1"),
    port: z.number().default(502),
    unit: z.number().default(1),
    net: z.array(z.string()).default([]),
  }),
  options: z.object({ sample_rate: z.number().positive().default(100) }),
  permissions: ({ net }) => ({ net }),
  bus: ({ host, port }) => `tcp:${host}:${port}`,
  create({ host, port, unit }) {
    const bus = share(`${host}:${port}`, () => ({ number: ++opened }), () => {});
    return {
      unit,
      host,
      bus,
      connect: (signal) => bus.connect(signal),
      disconnect: () => bus.disconnect(),
      async *stream(signal, { sample_rate }) {
        for await (const _ of every(1000 / sample_rate, signal)) yield unit;
      },
    };
  },
  methods: {
    pid: { run: () => Deno.pid },
    place: { run: ({ bus, host, unit }) => bus.use(({ number }) => [host, unit, number]) },
    says: { input: z.object({ text: z.string() }), run: (_, { text }) => console.log(text) },
    breaks: {
      input: z.object({ how: z.enum(["rejects", "exits", "loops"]) }),
      run(_, { how }) {
        if (how === "rejects") Promise.reject(new TypeError("uncaught rejection"));
        if (how === "exits") Deno.exit(3);
        if (how === "loops") { for (;;); }
      },
    },
    hangs: { run: () => new Promise<void>(() => {}) },
  },
});
