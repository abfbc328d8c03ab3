import { defineDriver, every } from "labdaemon/driver";

/** Its keep-alive keeps itself alive. */
export default defineDriver({
  name: "LeavesATimer",
  create: () => ({
    connect() {
      setInterval(() => {}, 1_000);
    },
    async *stream(signal) {
      for await (const _ of every(20, signal)) yield 1;
    },
  }),
});
