import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** Locks its port, and forgets to unlock it. */
export default defineDriver({
  name: "ConnectsOnce",
  params: z.object({ lock: z.string() }),
  permissions: ({ lock }) => ({ read: [lock], write: [lock] }),
  create: ({ lock }) => ({
    async connect() {
      await Deno.writeTextFile(lock, "locked", { createNew: true });
    },
  }),
});
