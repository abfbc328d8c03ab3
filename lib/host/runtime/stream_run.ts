import { abortable, delay, every, Lost, type Mutex, Watchdog } from "../../async/mod.ts";
import { type DeviceFunctions, LabError, SampleBlock, Stamped } from "../../driver/mod.ts";
import type { StreamCheck } from "./stream_check.ts";
import type { SampleWriter } from "../../stream/sample_writer.ts";

/** A device, as its driver made it. */
export type DeviceObject = DeviceFunctions<Record<string, unknown>, unknown>;

/** Samples between two reads of the clock. */
const CLOCK_EVERY = 64;

/** The time for which a driver may yield without a pause before timers and the pipe get their turn. */
const MAX_TURN_MS = 10;

/** The interval at which `isStreaming()` of a push device is checked. */
const CHECK_MS = 1_000;

/** The number of periods that one read may take, beyond any limit: at one sample an hour there is time. */
const MAX_READ_PERIODS = 3;

/** True if the device can stream, in any of the three ways. */
export function canStream({ stream, startStreaming, read }: DeviceObject): boolean {
  return Boolean(stream ?? startStreaming ?? read);
}

/** The context of a run. */
export interface RunContext {
  /** Aborts when the run is to end. */
  signal: AbortSignal;
  /** The limit of the stop, in milliseconds; final once the signal has aborted. */
  stopLimitMs: () => number;
  /** The limit of one `read()`, in milliseconds. */
  readLimitMs: number;
  /** The device's lock. */
  lock: Mutex;
  /** Checks the values that the driver yields. */
  check: StreamCheck;
  /** Called once the device streams. */
  started: () => void;
}

/**
 * One run of a device's stream: from the start until the signal aborts, the driver returns, or it throws. An error
 * after the abort is ignored, except one of `stopStreaming()`.
 */
export async function streamRun(
  device: DeviceObject,
  options: Record<string, unknown>,
  writer: SampleWriter,
  context: RunContext,
): Promise<void> {
  const { signal, started } = context;
  writer.begin();
  if (!device.stream && device.startStreaming) return await push(device, options, writer, context);
  started();
  try {
    await pump(device.stream?.(signal, options) ?? poll(device, options, context), writer, context);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Writes sample after sample. Requests the next one when there is room for it. */
async function pump(
  samples: AsyncIterable<unknown>,
  writer: SampleWriter,
  { signal, check }: RunContext,
): Promise<void> {
  let turn = performance.now();
  let count = 0;
  for await (const sample of samples) {
    if (signal.aborted) return;
    const written = write(writer, sample);
    check.took(sample, written);
    count += Math.max(1, written);
    if (writer.full) await writer.drained(signal);
    if (count < CLOCK_EVERY) continue;
    count = 0;
    if (performance.now() - turn > MAX_TURN_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
  }
}

/** Writes one yielded value. Returns the number of samples in it. */
function write(writer: SampleWriter, yielded: unknown): number {
  // Numbers, which are the most frequent, need no further look.
  if (typeof yielded !== "object") writer.write(yielded);
  else if (yielded instanceof SampleBlock) {
    writer.writeBlock(yielded);
    return samplesIn(yielded, writer);
  } else if (yielded instanceof Stamped) writer.writeStamped(yielded);
  else if (yielded instanceof Lost) {
    writer.lose(yielded.count);
    return yielded.count;
  } else writer.write(yielded);
  return 1;
}

/** The number of samples that a yielded value becomes. */
function samplesIn(yielded: unknown, writer: SampleWriter): number {
  if (yielded instanceof Lost) return yielded.count;
  return yielded instanceof SampleBlock && !writer.isWaveform(yielded) ? yielded.length : 1;
}

/** Writes what the device pushes. A push cannot wait, so samples that find no room are counted and reported as lost. */
async function push(
  device: DeviceObject,
  options: Record<string, unknown>,
  writer: SampleWriter,
  { signal, stopLimitMs, check, started }: RunContext,
): Promise<void> {
  const { promise: broken, reject } = Promise.withResolvers<never>();
  // A sample may come before the start has ended, and break the run then.
  broken.catch(() => {});
  let lost = 0;
  const callback = (sample: unknown) => {
    if (signal.aborted) return;
    try {
      if (writer.full) {
        lost += samplesIn(sample, writer);
        return;
      }
      if (lost) writer.lose(lost);
      lost = 0;
      check.took(sample, write(writer, sample));
    } catch (error) {
      reject(error);
    }
  };
  await device.startStreaming!(callback, options);
  started();
  const over = new AbortController();
  const isStreaming = stillStreaming(device, AbortSignal.any([signal, over.signal]));
  const reason: unknown = await Promise.race([broken, isStreaming]).catch((error) => error);
  over.abort();
  try {
    await device.stopStreaming?.(stopLimitMs());
  } catch (error) {
    // Of two failures the first one is reported.
    if (signal.aborted) throw error;
  } finally {
    if (lost) writer.lose(lost);
  }
  if (!signal.aborted) throw reason;
}

/** Rejects when `isStreaming()` is false, or when the signal aborts. */
async function stillStreaming(device: DeviceObject, signal: AbortSignal): Promise<never> {
  for (;;) {
    await delay(CHECK_MS, { signal });
    if (device.isStreaming?.() === false) {
      throw new Error("the device stopped streaming by itself: isStreaming() is false");
    }
  }
}

/**
 * Reads one sample after the other, under the device's lock. A late device skips ticks. At the limit of a read, its
 * signal aborts and the run ends, even if the read continues, because the read holds the lock.
 */
async function* poll(
  device: DeviceObject,
  { sample_rate = 1 }: Record<string, unknown>,
  { signal, lock, readLimitMs }: RunContext,
): AsyncGenerator<unknown, void, undefined> {
  const period = 1000 / Number(sample_rate);
  const limitMs = Math.max(readLimitMs, MAX_READ_PERIODS * period);
  const tooLong = new AbortController();
  const end = AbortSignal.any([signal, tooLong.signal]);
  const watchdog = new Watchdog(limitMs, () => tooLong.abort(stalled(limitMs)));
  const read = () => {
    watchdog.start();
    return device.read!(end);
  };
  try {
    for await (const _ of every(period, signal, { late: "skip" })) {
      const sample = await abortable(lock.run(read, signal), tooLong.signal);
      watchdog.stop();
      yield sample;
    }
  } finally {
    watchdog.stop();
  }
}

function stalled(limitMs: number): LabError {
  return new LabError("DriverError", `read() has not returned for ${limitMs / 1000} s`, { type: "StreamStalled" });
}
