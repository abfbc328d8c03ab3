import { z } from "zod";
import { defineDriver } from "labdaemon/driver";

/** A heater whose calls stand in a file: it must be off when its owner is gone, for which it takes `safe_ms`. */
export default defineDriver({
  name: "Heater",
  params: z.object({ file: z.string(), safe_ms: z.number().default(0) }),
  permissions: ({ file }) => ({ write: [file] }),
  create: ({ file, safe_ms }) => {
    const note = (text: string) => Deno.writeTextFileSync(file, `${text}\n`, { append: true });
    const safe = async () => {
      if (safe_ms > 0) await new Promise((resolve) => setTimeout(resolve, safe_ms));
      note("off");
    };
    return { note, safe, disconnect: () => note("closed") };
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
