import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** What shapes one run of the stream. Give the rate a `max` that the instrument can really do. */
const options = z.object({
  sample_rate: z.number().positive().max(200).default(10).meta({ unit: "Hz", description: "Samples per second" }),
});

/** Stands for the maker's SDK, which calls back whenever it has something. Put yours in its place. */
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
  // What one sample looks like: for plots, for documentation, and checked by `deno task check-driver`.
  sample: z.number().int().meta({ unit: "counts" }),
  // What the driver may touch. Nothing, here; an SDK in native code would need { ffi: [path] }.
  permissions: () => ({}),
  // No side effects in here: connect(signal) opens what there is to open.
  create: () => {
    const sdk = new Sdk();
    return {
      // Add `async connect(signal)` and `async disconnect()` here, when there is an instrument.

      // Give each sample to callback. Yield `new Lost(n)` to it where the SDK reports an overrun.
      startStreaming(callback: (count: number) => void, { sample_rate }: z.output<typeof options>) {
        sdk.start(callback, sample_rate);
      },
      // After this has returned, or its promise has resolved, the callback is not called any more.
      stopStreaming: () => sdk.stop(),
      // Asked every second. Ask the SDK, not a flag: when it has died, the host must know.
      isStreaming: () => sdk.isRunning,
      reset: () => sdk.reset(),
    };
  },
  // What people and programs may call. The host validates the input before run sees it.
  methods: {
    reset: { summary: "Count from 0 again", run: (device) => device.reset() },
  },
});
