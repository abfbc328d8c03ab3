import { defineDriver } from "labdaemon/driver";

/** The first sample, and then an error of its own making, where nobody can catch it. */
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
