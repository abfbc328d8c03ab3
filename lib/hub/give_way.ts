import { delay } from "../async/mod.ts";

/** A daemon whose timers are later is busy: what catches up pauses for as long, up to a limit. */
const LATE_MS = 15;
const MAX_PAUSE_MS = 100;

/** While the daemon is late, what catches up waits: live readers and devices are first. */
export async function giveWay(signal: AbortSignal): Promise<void> {
  const start = performance.now();
  await delay(1, { signal }).catch(() => {});
  const lateMs = performance.now() - start - 1;
  if (lateMs > LATE_MS) await delay(Math.min(lateMs, MAX_PAUSE_MS), { signal }).catch(() => {});
}
