import { deadline, DeadlineError, delay, Lost } from "../../async/mod.ts";
import { messageOf } from "../../errors.ts";
import type { DeviceObject } from "../../host/runtime/stream_run.ts";

/** The input of one run of the driver's own functions. */
export interface RunInput {
  options: Record<string, unknown>;
  /** The limit for the first sample. */
  sampleMs: number;
  /** The limit for the stop. */
  stopMs: number;
}

/** The time after the stop in which samples count as late. */
const LATE_WINDOW_MS = 250;

/** Streams until the first sample, aborts the signal while it awaits the next one, and counts what still arrives. */
export async function endsOnSignal(device: DeviceObject, { options, sampleMs, stopMs }: RunInput) {
  const signal = new AbortController();
  const samples = device.stream!(signal.signal, options)[Symbol.asyncIterator]();
  const before = await deadline(samples.next(), sampleMs);
  if (before.done) return { endedBefore: true, ended: true, after: 0 };
  const next = samples.next();
  signal.abort(new DOMException("the stream was stopped", "AbortError"));
  // One sample may already be in transit.
  let after = 0;
  try {
    for (let it = await deadline(next, stopMs); !it.done && after < 3; it = await deadline(samples.next(), stopMs)) {
      after++;
    }
    return { endedBefore: false, ended: after < 3, after };
  } catch (error) {
    // A stream that throws has ended, too.
    return { endedBefore: false, ended: !(error instanceof DeadlineError), after };
  }
}

/** Starts, waits for a sample and stops, with `isStreaming()` before, during and after, and counts late samples. */
export async function pushesAndStops(device: DeviceObject, { options, sampleMs, stopMs }: RunInput) {
  const first = Promise.withResolvers<void>();
  let count = 0;
  const isStreaming = () => device.isStreaming?.();
  const isStreamingWas = { before: isStreaming(), during: undefined as unknown, after: undefined as unknown };
  await device.startStreaming!((it) => {
    if (!(it instanceof Lost)) count++;
    first.resolve();
  }, options);
  let stopFailed = "";
  try {
    await deadline(first.promise, sampleMs);
    isStreamingWas.during = isStreaming();
  } finally {
    await deadline(Promise.try(() => device.stopStreaming!(stopMs)), stopMs).catch((error) =>
      stopFailed = messageOf(error)
    );
  }
  isStreamingWas.after = isStreaming();
  const stopped = count;
  await delay(LATE_WINDOW_MS);
  return { isStreamingWas, stopFailed, lateSamples: count - stopped };
}
