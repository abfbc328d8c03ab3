import { defineDriver } from "labdaemon/driver";

/** Nobody can ask it whether it still streams. */
export default defineDriver({
  name: "PushesWithoutIsStreaming",
  create: () => {
    let timer: ReturnType<typeof setInterval>;
    return {
      startStreaming(callback: (sample: number) => void) {
        timer = setInterval(() => callback(1), 20);
      },
      stopStreaming: () => clearInterval(timer),
    };
  },
});
