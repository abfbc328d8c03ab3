import { Notifier } from "../../async/mod.ts";

/** The watch of one folder. */
export interface FolderWatch {
  /** Scans soon, even without a change. */
  scanSoon(): void;
  /** Ends the watch. Resolves when a scan that has begun is over. */
  stop(): Promise<void>;
}

/** The watched folder. */
export interface WatchedFolder {
  /** Resolves with a text that differs after most changes. It is cheap to make. */
  stamp(): Promise<string>;
  /** Notices every change. */
  scan(): Promise<void>;
}

/** The shortest time between two looks at the stamp. */
const LOOK_MS = 400;

/** The rest after a look, in multiples of the look's duration. */
const REST = 20;

/** The longest rest: of a look that waits for a share, nearly all is waiting. */
const MAX_REST_MS = 10_000;

/** After so long without a change, an editor has saved all files. */
const QUIET_MS = 150;

/** A folder with constant changes is scanned after so long. */
const MAX_WAIT_MS = 2_000;

/** Some changes do not change the stamp. */
const SCAN_MS = 3_000;

/**
 * Calls `scan` soon after each change of the stamp, and every three seconds. One look or scan at a time. The system's
 * events are not used: `Deno.watchFs` waits for shares that hang, and opens named pipes, which never returns.
 */
export function watchFolder({ stamp, scan }: WatchedFolder): FolderWatch {
  const end = new AbortController();
  const notifier = new Notifier();
  let isDue = true;
  const wait = async (ms: number) => {
    const timer = setTimeout(() => notifier.notify(), ms);
    await notifier.next();
    clearTimeout(timer);
  };
  let last = "";
  /** The duration of the latest look; 0 if it failed, as it does at once while a share hangs. */
  let lookMs = 0;
  /** Resolves with true if the stamp has changed. Where none can be made, the scan reports the reason. */
  const hasChanged = async () => {
    const begun = performance.now();
    const now = await stamp().catch(() => undefined);
    lookMs = now === undefined ? 0 : performance.now() - begun;
    if (now === undefined || now === last) return false;
    last = now;
    return true;
  };
  const run = async () => {
    let scanned = -Infinity;
    while (!end.signal.aborted) {
      const begun = performance.now();
      const latest = begun + MAX_WAIT_MS;
      let isChanged = await hasChanged();
      if (isChanged || isDue || begun - scanned > SCAN_MS) {
        isDue = false;
        while (isChanged && !end.signal.aborted && performance.now() < latest) {
          await wait(QUIET_MS);
          isChanged = await hasChanged();
        }
        if (!end.signal.aborted) await scan();
        scanned = performance.now();
      }
      if (!isDue && !end.signal.aborted) await wait(Math.max(LOOK_MS, Math.min(REST * lookMs, MAX_REST_MS)));
    }
  };
  const over = run();
  return {
    scanSoon: () => {
      isDue = true;
      notifier.notify();
    },
    stop: async () => {
      end.abort();
      notifier.notify();
      await over;
    },
  };
}
