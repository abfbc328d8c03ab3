import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** An SDK that pushes from its own timer: the three methods. Now and then one has more samples after its stop. */
export default defineDriver({
  name: "PushCounter",
  options: z.object({ period: z.number().positive().default(1) }),
  create() {
    let timer: ReturnType<typeof setInterval> | undefined;
    let push: (n: number) => void = () => {};
    return {
      startStreaming(callback: (n: number) => void, { period }: { period: number }) {
        let n = 0;
        push = callback;
        timer = setInterval(() => callback(n++), period);
      },
      stopStreaming() {
        clearInterval(timer);
        timer = undefined;
        setTimeout(push, 1, -1);
      },
      isStreaming: () => timer !== undefined,
      break: () => clearInterval(timer),
    };
  },
  methods: {
    /** Pushes once more, whether it streams or not. */
    push_late: { run: (device) => device.stopStreaming() },
  },
});
