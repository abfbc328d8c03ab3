import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** A supply that notes in a file when its output was on and when it was off, and for whom. */
export default defineDriver({
  name: "Supply",
  params: z.object({ file: z.string() }),
  permissions: ({ file }) => ({ write: [file] }),
  create: ({ file }) => {
    const note = (what: string) => Deno.writeTextFileSync(file, `${Date.now()} ${what}\n`, { append: true });
    return { note, safe: (reason: string) => note(`safe ${reason}`) };
  },
  methods: {
    off: { input: z.object({ by: z.string() }), run: (supply, { by }) => supply.note(`off ${by}`) },
    on: { input: z.object({ by: z.string() }), run: (supply, { by }) => supply.note(`on ${by}`) },
  },
});
