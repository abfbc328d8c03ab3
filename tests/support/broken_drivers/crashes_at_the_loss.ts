import { connectLines, defineDriver, every, type LineConnection } from "labdaemon/driver";
import { z } from "zod";

/** Reads in a promise that is not awaited: when the connection breaks, the process crashes. */
export default defineDriver({
  name: "CrashesAtTheLoss",
  params: z.object({ port: z.number() }),
  permissions: ({ port }) => ({ net: [`127.0.0.1:${port}`] }),
  create: ({ port }) => {
    let connection: LineConnection;
    let last = 0;
    const ask = async () => last = Number(await connection.query("MEAS?"));
    return {
      async connect(signal) {
        connection = await connectLines({ hostname: "127.0.0.1", port, signal });
        await ask();
      },
      disconnect: () => connection?.close(),
      async *stream(signal) {
        for await (const _ of every(20, signal)) {
          ask();
          yield last;
        }
      },
    };
  },
});
