import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** The options of one run of the stream. Set `max` to the fastest rate of the instrument. */
const options = z.object({
  sample_rate: z.number().positive().max(200).default(10).meta({ unit: "Hz", description: "Samples per second" }),
});

/** Replace this by the SDK of your instrument. It calls back with each value. */
class Sdk {
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;

  start(onData: (count: number) => void, hertz: number) {
    this.#timer = setInterval(() => onData(++this.#count), 1000 / hertz);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  get isRunning() {
    return this.#timer !== undefined;
  }

  reset() {
    this.#count = 0;
  }
}

export default defineDriver({
  name: "PushTemplate",
  summary: "A counter that pushes, simulated",
  options,
  // The schema of one sample: for plots and documentation. `deno task check-driver` checks it.
  sample: z.number().int().meta({ unit: "counts" }),
  // The permissions that the driver needs: none. An SDK in native code needs { ffi: [path] }.
  permissions: () => ({}),
  // No side effects here: connect(signal) opens the instrument.
  create: () => {
    const sdk = new Sdk();
    return {
      // For a real instrument, add `async connect(signal)` and `async disconnect()` here.

      // Pass each sample to callback. Pass `new Lost(n)` when the SDK reports an overrun.
      startStreaming(callback: (count: number) => void, { sample_rate }: z.output<typeof options>) {
        sdk.start(callback, sample_rate);
      },
      // Do not call the callback after this has returned, or its promise has resolved.
      stopStreaming: () => sdk.stop(),
      // The host calls this every second. Ask the SDK instead of a flag, so that the host notices a failure.
      isStreaming: () => sdk.isRunning,
      reset: () => sdk.reset(),
    };
  },
  // The methods that people and programs call. The host validates the input before it calls run.
  methods: {
    reset: { summary: "Count from 0 again", run: (device) => device.reset() },
  },
});
