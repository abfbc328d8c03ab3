import { defineDriver, delay } from "labdaemon/driver";

/** Runs, and has nothing to say. */
export default defineDriver({
  name: "YieldsNothing",
  create: () => ({
    async *stream(signal) {
      while (!signal.aborted) await delay(20, { signal });
      yield 0;
    },
  }),
});
