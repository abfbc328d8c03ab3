import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** Opens its port where the device is made. */
export default defineDriver({
  name: "ConnectsInCreate",
  params: z.object({ port: z.number() }),
  permissions: ({ port }) => ({ net: [`127.0.0.1:${port}`] }),
  create: ({ port }) => {
    const connecting = Deno.connect({ hostname: "127.0.0.1", port });
    return {
      async connect() {
        await connecting;
      },
      async disconnect() {
        (await connecting).close();
      },
    };
  },
});
