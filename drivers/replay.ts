import { defineDriver, delay, Lost, stamped } from "labdaemon/driver";
import { z } from "zod";
import { formatOf, FORMATS, readCapture } from "./_capture.ts";

/** Samples that follow each other without a wait, before the host has its turn. */
const MAX_LATE_MS = 1;

/**
 * A capture as a device: what `ctl tail` or the dashboard exported, an event stream saved by `curl`, or any CSV with a
 * column of times. The distances between the samples are those of the capture, at the speed of the run's options.
 */
export default defineDriver({
  name: "Replay",
  summary: "A capture (CSV, JSON lines, or an event stream) as a device, at 0.1 to 100 times its speed",
  params: z.object({
    file: z.string().min(1).meta({ description: "The capture, as seen from the daemon's working directory" }),
    format: z.enum(["auto", ...FORMATS]).default("auto").meta({ description: "auto: by the file's name" }),
    device: z.string().optional().meta({ description: "Its id in a capture of several devices; default: the first" }),
  }),
  options: z.object({
    speed: z.number().min(0.1).max(100).default(1).meta({ unit: "×", description: "How much faster than captured" }),
    loop: z.boolean().default(false).meta({ description: "Begin again at the end" }),
  }),
  permissions: ({ file }) => ({ read: [file] }),
  create: ({ file, format, device }) => {
    const capture = () => readCapture(file, format === "auto" ? formatOf(file) : format, device);
    return {
      async connect() {
        for await (const entry of capture()) if ("time" in entry) return;
        throw new Error(`Cannot replay ${file}: it has no sample${device === undefined ? "" : ` of ${device}`}`);
      },

      async *stream(signal, { speed, loop }) {
        const started = performance.now();
        /** The place of the next sample: milliseconds since the start of the run. */
        let place = 0;
        let distance = 0;
        do {
          let before: number | undefined;
          for await (const entry of capture()) {
            if (signal.aborted) return;
            if ("lost" in entry) {
              yield new Lost(entry.lost);
              continue;
            }
            // A clock that was set back in the capture lets the next sample follow at once.
            if (before !== undefined) distance = Math.max(0, entry.time - before) / speed;
            if (before !== undefined || place > 0) place += distance;
            before = entry.time;
            const wait = started + place - performance.now();
            if (wait > MAX_LATE_MS) await delay(wait, { signal });
            yield stamped(place, entry.payload);
          }
          // A capture of one sample begins again every second.
          if (loop && distance === 0) distance = 1000 / speed;
        } while (loop && !signal.aborted);
      },
    };
  },
});
