import { connectLines, defineDriver, every, type LineConnection } from "labdaemon/driver";
import { z } from "zod";

/** When the line breaks it repeats the last value: a dead instrument looks alive. */
export default defineDriver({
  name: "HidesTheLoss",
  params: z.object({ port: z.number() }),
  permissions: ({ port }) => ({ net: [`127.0.0.1:${port}`] }),
  create: ({ port }) => {
    let connection: LineConnection;
    let last = 0;
    return {
      async connect(signal) {
        connection = await connectLines({ hostname: "127.0.0.1", port, signal });
      },
      disconnect: () => connection?.close(),
      async *stream(signal) {
        for await (const _ of every(20, signal)) {
          last = await connection.query("MEAS?").then(Number, () => last);
          yield last;
        }
      },
    };
  },
});
