import { delay } from "../async/mod.ts";

/** A daemon whose timers are later is busy: what catches up pauses for as long, up to a limit. */
const LATE_MS = 15;
const MAX_PAUSE_MS = 100;

/** A catch-up pauses for so many times the time that it has held up the daemon: it takes a third of it at most. */
const REST = 2;

/**
 * While the daemon is late, what catches up waits: live readers and devices are first.
 *
 * @param busyMs The time that it has held up the daemon: longer than it worked, where it had to wait for a processor.
 */
export async function giveWay(busyMs: number, signal: AbortSignal): Promise<void> {
  const restMs = Math.min(Math.max(1, REST * busyMs), MAX_PAUSE_MS);
  const start = performance.now();
  await delay(restMs, { signal }).catch(() => {});
  const lateMs = performance.now() - start - restMs;
  if (lateMs > LATE_MS) await delay(Math.min(lateMs, MAX_PAUSE_MS), { signal }).catch(() => {});
}
