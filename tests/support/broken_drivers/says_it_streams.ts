import { defineDriver } from "labdaemon/driver";

/** It has never heard of its own stop. */
export default defineDriver({
  name: "SaysItStreams",
  create: () => {
    let timer: ReturnType<typeof setInterval> | undefined;
    return {
      startStreaming(callback: (sample: number) => void) {
        timer = setInterval(() => callback(1), 20);
      },
      stopStreaming: () => clearInterval(timer),
      isStreaming: () => timer !== undefined,
    };
  },
});
