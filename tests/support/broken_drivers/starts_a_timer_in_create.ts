import { defineDriver, every } from "labdaemon/driver";

/** Works before anybody has asked it to. */
export default defineDriver({
  name: "StartsATimerInCreate",
  create: () => {
    let value = 0;
    const timer = setInterval(() => value++, 10);
    return {
      disconnect: () => clearInterval(timer),
      async *stream(signal) {
        for await (const _ of every(20, signal)) yield value;
      },
    };
  },
});
