import { abortable, delay, every, Lost, type Mutex, Watchdog } from "../../async/mod.ts";
import { type DeviceFunctions, LabError } from "../../driver/mod.ts";
import type { SampleWriter } from "../../stream/sample_writer.ts";

/** A device as its driver made it. */
export type DeviceObject = DeviceFunctions<Record<string, unknown>, unknown>;

/** Samples in a row without a look at the clock. */
const CLOCK_EVERY = 64;

/** How long a driver may yield without a pause before timers and the pipe get their turn. */
const LONGEST_TURN_MS = 10;

/** How often a device that pushes is asked whether it still does. */
const ASK_MS = 1_000;

/** Whatever the limit, one read may take so many periods: who asks for a sample an hour has time. */
const PERIODS_TO_READ = 3;

/** Whether the driver can stream, in any of the three ways. */
export function canStream({ stream, startStreaming, read }: DeviceObject): boolean {
  return Boolean(stream ?? startStreaming ?? read);
}

/** What a run needs from its host. */
export interface RunContext {
  /** Aborts when the run is to end. */
  signal: AbortSignal;
  /** How long the end may take, in milliseconds; known when it is asked for. */
  stopLimit: () => number;
  /** How long one read of a device that is polled may take, in milliseconds. */
  readLimit: number;
  /** The device's lock. */
  lock: Mutex;
  /** To be called once the device streams. */
  started: () => void;
}

/**
 * One run of a device's stream: from start until the signal aborts, the driver has no more, or it throws. How a stream
 * ends that was told to is its own business; a push that could not be stopped rejects all the same.
 */
export async function streamRun(
  device: DeviceObject,
  options: Record<string, unknown>,
  writer: SampleWriter,
  context: RunContext,
): Promise<void> {
  const { signal, started } = context;
  if (!device.stream && device.startStreaming) return await push(device, options, writer, context);
  started();
  try {
    await pump(device.stream?.(signal, options) ?? poll(device, options, context), writer, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Takes sample after sample. The next is asked for only when there is room for it. */
async function pump(samples: AsyncIterable<unknown>, writer: SampleWriter, signal: AbortSignal): Promise<void> {
  let turn = performance.now();
  let count = 0;
  for await (const sample of samples) {
    if (signal.aborted) return;
    write(writer, sample);
    if (writer.full) await writer.drained(signal);
    if (++count % CLOCK_EVERY === 0 && performance.now() - turn > LONGEST_TURN_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
  }
}

function write(writer: SampleWriter, sample: unknown): void {
  if (sample instanceof Lost) writer.lose(sample.count);
  else writer.write(sample);
}

/** The device's own pace. It cannot be asked to wait: what finds no room is counted and told as lost. */
async function push(
  device: DeviceObject,
  options: Record<string, unknown>,
  writer: SampleWriter,
  { signal, stopLimit, started }: RunContext,
): Promise<void> {
  const { promise: broken, reject } = Promise.withResolvers<never>();
  let lost = 0;
  const callback = (sample: unknown) => {
    if (signal.aborted) return;
    try {
      if (writer.full) {
        lost++;
        return;
      }
      if (lost) writer.lose(lost);
      lost = 0;
      write(writer, sample);
    } catch (error) {
      reject(error);
    }
  };
  await device.startStreaming!(callback, options);
  started();
  const reason: unknown = await Promise.race([broken, stillStreaming(device, signal)]).catch((error) => error);
  try {
    await device.stopStreaming?.(stopLimit());
  } catch (error) {
    // Of two failures the first one is told.
    if (signal.aborted) throw error;
  } finally {
    if (lost) writer.lose(lost);
  }
  if (!signal.aborted) throw reason;
}

/** Rejects when the device says that it no longer streams, or when the signal aborts. */
async function stillStreaming(device: DeviceObject, signal: AbortSignal): Promise<never> {
  for (;;) {
    await delay(ASK_MS, { signal });
    if (device.isStreaming?.() === false) {
      throw new Error("the device stopped streaming by itself: isStreaming() is false");
    }
  }
}

/**
 * Asks the device for one sample after the other, under its lock. A late device skips ticks: old news helps nobody. A read
 * that takes far too long is told to end, and the run is over, whether it does or not: it keeps everybody out.
 */
async function* poll(
  device: DeviceObject,
  { sample_rate = 1 }: Record<string, unknown>,
  { signal, lock, readLimit }: RunContext,
): AsyncGenerator<unknown, void, undefined> {
  const period = 1000 / Number(sample_rate);
  const limit = Math.max(readLimit, PERIODS_TO_READ * period);
  const tooLong = new AbortController();
  const end = AbortSignal.any([signal, tooLong.signal]);
  const watchdog = new Watchdog(limit, () => tooLong.abort(stalled(limit)));
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

function stalled(limit: number): LabError {
  return new LabError("DriverError", `read() has not returned for ${limit / 1000} s`, { type: "StreamStalled" });
}
