import { DeadlineError, MAX_DELAY_MS } from "../../async/mod.ts";
import { LabError, messageOf } from "../../errors.ts";
import type { DeviceLock } from "./device_lock.ts";
import type { DeviceObject } from "./stream_run.ts";

/** The time for which a disconnect waits for work under the lock to end. */
const MAX_WORK_END_MS = 1_000;

/** The time for which making safe waits for work under the lock to end: `safe` must begin within a second. */
const MAX_SAFE_WORK_END_MS = 500;

/** The time to wait for work under the lock: half of the limit at most, since the rest is for the instrument. */
function workEndMs(limitMs: number, maxMs: number): number {
  return Math.min(limitMs / 2, maxMs);
}

/** Runs `work` with a signal that aborts when `signal` does, and after `limitMs` milliseconds. */
export async function withLimit<T>(
  limitMs: number,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DeadlineError(limitMs)), Math.min(limitMs, MAX_DELAY_MS));
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Calls the driver's `safe`: under the lock, or beside work that does not end though its signal aborted.
 *
 * @throws {LabError} `NoSafeState`, or what `safe` throws.
 */
export async function makeSafe(
  device: DeviceObject,
  id: string,
  lock: DeviceLock,
  { reason, limitMs, signal }: { reason: string; limitMs: number; signal: AbortSignal },
): Promise<void> {
  if (!device.safe) {
    const message = `Cannot make "${id}" safe: its driver has no safe function; nothing was done`;
    throw new LabError("NoSafeState", message, { context: { device_id: id } });
  }
  const stopped = new LabError("CallCancelled", `"${id}" is being made safe: ${reason}`);
  await withLimit(limitMs, signal, async (limited) => {
    await lock.preempt(stopped, workEndMs(limitMs, MAX_SAFE_WORK_END_MS), () => device.safe!(reason, limited));
  });
}

/**
 * Calls the driver's `disconnect`, as {@linkcode makeSafe} calls `safe`. A `connect` that goes on though its signal has
 * aborted may open the instrument after that: `disconnect` is called again when it has ended.
 *
 * @param limits `connecting`: the end of the connect that runs, if one does.
 */
export async function disconnectDevice(
  device: DeviceObject | undefined,
  id: string,
  lock: DeviceLock,
  { limitMs, signal, connecting }: {
    limitMs: number;
    signal: AbortSignal;
    connecting: () => Promise<void> | undefined;
  },
): Promise<void> {
  const reason = new LabError("DeviceNotConnected", `"${id}" is being disconnected`);
  await lock.preempt(reason, workEndMs(limitMs, MAX_WORK_END_MS), () => device?.disconnect?.(signal));
  const closeAgain = () =>
    withLimit(limitMs, new AbortController().signal, async (limited) => await device?.disconnect?.(limited));
  connecting()?.then(closeAgain).catch((error) => {
    console.warn(`its connect ended after its disconnect, and cannot be closed: ${messageOf(error)}`);
  });
}
