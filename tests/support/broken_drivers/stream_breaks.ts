import { defineDriver } from "labdaemon/driver";

/** The first sample, and then an error that cannot be caught. */
export default defineDriver({
  name: "StreamBreaks",
  create: () => ({
    async *stream() {
      yield 1;
      setTimeout(() => JSON.parse("{"), 1);
      await new Promise(() => {});
    },
  }),
});
