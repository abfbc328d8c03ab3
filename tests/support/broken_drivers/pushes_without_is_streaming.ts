import { defineDriver } from "labdaemon/driver";

/** Has no isStreaming(). */
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
