import { defineDriver } from "labdaemon/driver";

/** Is safe once, and waits for ever the second time. */
export default defineDriver({
  name: "SafeHangs",
  create: () => {
    let isSafe = false;
    return {
      safe: () => {
        if (isSafe) return new Promise<void>(() => {});
        isSafe = true;
      },
    };
  },
});
