import { deadline, DeadlineError, delay, Lost } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import type { DeviceObject } from "./probe_device.ts";

/** How one run of the driver's own functions is made. Times are in milliseconds. */
export interface RunLimits {
  options: Record<string, unknown>;
  /** How long the first sample may take. */
  sample: number;
  /** How long the stop may take. */
  stop: number;
}

/** How long after its stop a device that pushes is listened to. */
const LISTEN_MS = 250;

/** Streams until a sample has come, aborts the signal while the next is awaited, and sees what comes then. */
export async function endsOnSignal(device: DeviceObject, { options, sample, stop }: RunLimits) {
  const signal = new AbortController();
  const samples = device.stream!(signal.signal, options)[Symbol.asyncIterator]();
  const before = await deadline(samples.next(), sample);
  if (before.done) return { endedBefore: true, ended: true, after: 0 };
  const next = samples.next();
  signal.abort(new DOMException("the stream was stopped", "AbortError"));
  // One may have been on its way already.
  let after = 0;
  try {
    for (let it = await deadline(next, stop); !it.done && after < 3; it = await deadline(samples.next(), stop)) after++;
    return { endedBefore: false, ended: after < 3, after };
  } catch (error) {
    // Throwing is an end, too.
    return { endedBefore: false, ended: !(error instanceof DeadlineError), after };
  }
}

/** Starts, waits for a sample, and stops; asks `isStreaming()` all the way, and listens a while longer. */
export async function pushesAndStops(device: DeviceObject, { options, sample, stop }: RunLimits) {
  const first = Promise.withResolvers<void>();
  let count = 0;
  const isStreaming = () => device.isStreaming?.();
  const said = { before: isStreaming(), during: undefined as unknown, after: undefined as unknown };
  await device.startStreaming!((it) => {
    if (!(it instanceof Lost)) count++;
    first.resolve();
  }, options);
  const late = { stop: "", samples: 0 };
  try {
    await deadline(first.promise, sample);
    said.during = isStreaming();
  } finally {
    await deadline(Promise.try(() => device.stopStreaming!(stop)), stop).catch((error) => late.stop = messageOf(error));
  }
  said.after = isStreaming();
  const stopped = count;
  await delay(LISTEN_MS);
  return { said, stopFailed: late.stop, lateSamples: count - stopped };
}
