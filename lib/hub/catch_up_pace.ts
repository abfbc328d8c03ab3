import { delay } from "../async/mod.ts";

/** A daemon whose timers are later is busy: what catches up pauses for as long, up to a limit. */
const LATE_MS = 15;
const MAX_PAUSE_MS = 100;

/** A catch-up that has kept the daemon busy for some time pauses for this multiple of it: it takes a third of the time at most. */
const REST = 2;

/**
 * Pauses a catch-up, and longer while the daemon is late: live readers and devices are first.
 *
 * @param busyMs The time for which the catch-up kept the daemon busy, waits for a processor included.
 */
export async function giveWay(busyMs: number, signal: AbortSignal): Promise<void> {
  const restMs = Math.min(Math.max(1, REST * busyMs), MAX_PAUSE_MS);
  const start = performance.now();
  await delay(restMs, { signal }).catch(() => {});
  const lateMs = performance.now() - start - restMs;
  if (lateMs > LATE_MS) await delay(Math.min(lateMs, MAX_PAUSE_MS), { signal }).catch(() => {});
}
