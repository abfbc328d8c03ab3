import { defineDriver, delay, Lost, stamped } from "labdaemon/driver";
import { readStory, type RecordedDevice, recordedSample } from "labdaemon/recording";
import { z } from "zod";
import { type Captured, formatOf, FORMATS, readCapture } from "./_capture.ts";

/** Samples that follow each other without a wait, before the host has its turn. */
const MAX_LATE_MS = 1;

/**
 * The number of entries that are kept for a short loop, and read again after a second: a running recording may have
 * more then.
 */
const MAX_KEPT = 64;
const KEPT_MS = 1_000;

const speed = z.number().min(0.1).max(100);

/**
 * A recording as a device, or a capture: what `ctl tail` or the dashboard exported, an event stream saved by `curl`, or any
 * CSV with a column of times. The distances between the samples are those that they had, divided by the speed.
 */
export default defineDriver({
  name: "Replay",
  summary:
    "A recording, or a capture (CSV, JSON lines, or an event stream), as a device, at 0.1 to 100 times its speed",
  params: z.object({
    recording: z.string().min(1).optional().meta({
      format: "recording",
      description: "What is replayed; or a file",
    }),
    file: z.string().min(1).optional().meta({
      description: "A capture, as seen from the daemon's working directory",
    }),
    format: z.enum(["auto", ...FORMATS]).default("auto").meta({ description: "Of a file; auto: by its name" }),
    device: z.string().min(1).optional().meta({
      description: "The id of the device, in a recording or a capture of several. Of a capture the first, by default",
    }),
    speed: speed.default(1).meta({ unit: "×", description: "How much faster than recorded" }),
    loop: z.boolean().default(false).meta({ description: "Begin again at the end" }),
  }).refine(({ recording, file }) => (recording === undefined) !== (file === undefined), {
    path: ["recording"],
    message: "expected a recording or a file",
  }),
  options: z.object({
    speed: speed.optional().meta({ unit: "×", description: "Of this run; default: that of the params" }),
    loop: z.boolean().optional().meta({ description: "Of this run; default: that of the params" }),
  }),
  // In the place of a recording's id the driver gets its folder.
  permissions: ({ recording, file }) => ({ read: [recording ?? file!] }),
  create: ({ recording, file, format, device, ...usual }) => {
    const name = (recording ?? file!).replace(/^.*\//, "");
    /** The recorded device at the place of the replay. */
    const present: Required<RecordedDevice> = { state: "", values: {} };
    const read = (): Iterable<Entry> | AsyncIterable<Entry> =>
      recording === undefined
        ? readCapture(file!, format === "auto" ? formatOf(file!) : format, device)
        : recorded(name, recording, device);
    const begin = () => void (present.values = {});
    const become = ({ state, values }: RecordedDevice) => {
      present.state = state ?? present.state;
      present.values = { ...present.values, ...values };
    };
    return {
      present,

      async connect() {
        begin();
        for await (const entry of read()) {
          if ("time" in entry) return;
          if (!("lost" in entry)) become(entry);
        }
        throw new Error(`Cannot replay ${name}: it has no sample${device === undefined ? "" : ` of ${device}`}`);
      },

      describeSample: () => recording === undefined ? undefined : recordedSample(recording, device),

      async *stream(signal, { speed = usual.speed, loop = usual.loop }) {
        const started = performance.now();
        /** The place of the next sample: milliseconds since the start of the run. */
        let place = 0;
        let distance = 0;
        let kept: Entry[] = [];
        let readAt = -Infinity;
        do {
          let before: number | undefined;
          const isKept = kept.length <= MAX_KEPT && performance.now() - readAt < KEPT_MS;
          if (!isKept) [kept, readAt] = [[], performance.now()];
          begin();
          for await (const entry of isKept ? kept : read()) {
            if (signal.aborted) return;
            if (!isKept && kept.length <= MAX_KEPT) kept.push(entry);
            if ("lost" in entry) {
              yield new Lost(entry.lost);
              continue;
            }
            if (!("time" in entry)) {
              become(entry);
              continue;
            }
            // A clock that was set back in a capture lets the next sample follow at once.
            if (before !== undefined) distance = Math.max(0, entry.time - before) / speed;
            if (before !== undefined || place > 0) place += distance;
            before = entry.time;
            const wait = started + place - performance.now();
            if (wait > MAX_LATE_MS) await delay(wait, { signal });
            yield stamped(place, entry.payload, entry.dt && entry.dt / speed);
          }
          // A capture of one sample begins again every second.
          if (loop && distance === 0) distance = 1000 / speed;
        } while (loop && !signal.aborted);
      },
    };
  },
  properties: {
    recorded_state: {
      summary: "The state that the recorded device had at this place; none of a file",
      schema: z.string(),
      get: ({ present }) => present.state,
    },
    recorded_properties: {
      summary: "The properties of the recorded device at this place, by their names",
      schema: z.record(z.string(), z.unknown()),
      get: ({ present }) => present.values,
    },
  },
});

/** A sample that is replayed, a count of lost samples, or a new state of the device. */
type Entry = Captured | RecordedDevice;

/** The entries that a recording has of a device. */
function* recorded(name: string, folder: string, device: string | undefined): Generator<Entry, void> {
  try {
    yield* readStory(folder, device);
  } catch (error) {
    throw new Error(`Cannot replay ${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
