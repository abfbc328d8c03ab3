import { defineDriver } from "labdaemon/driver";

/** Its SDK has one more. */
export default defineDriver({
  name: "PushesAfterItsStop",
  create: () => {
    let timer: ReturnType<typeof setInterval> | undefined;
    let push = (_sample: number) => {};
    return {
      startStreaming(callback: (sample: number) => void) {
        push = callback;
        timer = setInterval(() => callback(1), 20);
      },
      stopStreaming() {
        clearInterval(timer);
        timer = undefined;
        setTimeout(push, 30, -1);
      },
      isStreaming: () => timer !== undefined,
    };
  },
});
