import { defineDriver } from "labdaemon/driver";

/** Its flag stays up after the first run. */
export default defineDriver({
  name: "StreamsOnce",
  create: () => {
    let timer: ReturnType<typeof setInterval> | undefined;
    let isDone = false;
    return {
      startStreaming(callback: (sample: number) => void) {
        timer = setInterval(() => isDone || callback(1), 20);
      },
      stopStreaming() {
        isDone = true;
        clearInterval(timer);
        timer = undefined;
      },
      isStreaming: () => timer !== undefined,
    };
  },
});
