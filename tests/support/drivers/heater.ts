import { z } from "zod";
import { defineDriver } from "labdaemon/driver";

/** A heater whose calls stand in a file: it must be off when its owner is gone. */
export default defineDriver({
  name: "Heater",
  params: z.object({ file: z.string() }),
  permissions: ({ file }) => ({ write: [file] }),
  create: ({ file }) => {
    const note = (text: string) => Deno.writeTextFileSync(file, `${text}\n`, { append: true });
    return { note, safe: () => note("off"), disconnect: () => note("closed") };
  },
  methods: {
    /** Ignores its signal. */
    stuck: {
      limit: 200,
      run: (heater) => {
        heater.note("stuck");
        return new Promise(() => {});
      },
    },
  },
});
