import { defineDriver } from "labdaemon/driver";

/** Waits for an instrument without a limit. */
export default defineDriver({
  name: "ConnectHangs",
  create: () => ({ connect: () => new Promise<void>(() => {}) }),
});
