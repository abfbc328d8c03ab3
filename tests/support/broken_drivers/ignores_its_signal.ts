import { defineDriver, every } from "labdaemon/driver";

/** Streams for ever, whatever its signal says. The host covers for it, as long as samples come. */
export default defineDriver({
  name: "IgnoresItsSignal",
  create: () => ({
    async *stream() {
      for await (const _ of every(20, new AbortController().signal)) yield 1;
    },
  }),
});
