import { defineDriver } from "labdaemon/driver";

/** Waits for an answer to its stop that never comes. */
export default defineDriver({
  name: "StopHangs",
  create: () => {
    let timer: ReturnType<typeof setInterval> | undefined;
    return {
      startStreaming(callback: (sample: number) => void) {
        timer = setInterval(() => callback(1), 20);
      },
      stopStreaming() {
        clearInterval(timer);
        timer = undefined;
        return new Promise<void>(() => {});
      },
      isStreaming: () => timer !== undefined,
    };
  },
});
