import { defineDriver, every } from "labdaemon/driver";

/** Forgot to call what gives the value. */
export default defineDriver({
  name: "YieldsAFunction",
  create: () => ({
    async *stream(signal) {
      for await (const _ of every(20, signal)) yield { value: () => 1 };
    },
  }),
});
