import { defineDriver, delay } from "labdaemon/driver";

/** Looks at its signal between two samples only, and they are far apart. */
export default defineDriver({
  name: "WaitsPastItsSignal",
  create: () => ({
    async *stream(signal) {
      while (!signal.aborted) {
        yield 1;
        await delay(60_000);
      }
    },
  }),
});
