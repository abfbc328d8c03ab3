import { connectLines, defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** Has no disconnect. */
export default defineDriver({
  name: "LeavesASocket",
  params: z.object({ port: z.number() }),
  permissions: ({ port }) => ({ net: [`127.0.0.1:${port}`] }),
  create: ({ port }) => {
    return {
      async connect(signal) {
        await connectLines({ hostname: "127.0.0.1", port, signal });
      },
      async *stream(signal) {
        for await (const _ of every(20, signal)) yield 1;
      },
    };
  },
});
