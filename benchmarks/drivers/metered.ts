import { defineDriver, delay, every } from "labdaemon/driver";
import { z } from "zod";
import { clock } from "./_clock.ts";

const rate = z.number().nonnegative().meta({ unit: "Hz" });

/** A sample is the time at which it is yielded. Its rate can be changed while it streams; at 0 it pauses. */
export default defineDriver({
  name: "Metered",
  summary: "Benchmark: yields the time, at a rate that can be changed while it streams",
  options: z.object({ sample_rate: rate.default(100) }),
  sample: z.number().meta({ unit: "ms", description: "When it was yielded, since 1970" }),
  create: () => {
    let wanted: number | undefined;
    let change = new AbortController();
    return {
      async *stream(signal, { sample_rate }) {
        while (!signal.aborted) {
          const run = AbortSignal.any([signal, change.signal]);
          const now = wanted ?? sample_rate;
          if (now > 0) {
            for await (const _ of every(1000 / now, run)) {
              if (run.aborted) break;
              yield clock();
            }
          } else await delay(2 ** 30, { signal: run }).catch(() => {});
        }
      },
      setRate: (hz: number) => {
        wanted = hz;
        change.abort();
        change = new AbortController();
      },
    };
  },
  methods: {
    set_rate: {
      summary: "Change the rate; 0 pauses",
      input: z.object({ hz: rate }),
      run: (device, { hz }) => device.setRate(hz),
    },
  },
});
