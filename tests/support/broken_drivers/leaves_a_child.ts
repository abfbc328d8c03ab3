import { defineDriver, every } from "labdaemon/driver";

/** Starts a program, and forgets it. */
export default defineDriver({
  name: "LeavesAChild",
  permissions: () => ({ run: ["sleep"] }),
  create: () => ({
    connect() {
      new Deno.Command("sleep", { args: ["60"], stdin: "null", stdout: "null", clearEnv: true }).spawn().unref();
    },
    async *stream(signal) {
      for await (const _ of every(20, signal)) yield 1;
    },
  }),
});
