import { Notifier } from "../async/mod.ts";

/** The watch of one folder. */
export interface FolderWatch {
  /** Scans soon, though nothing has changed. */
  scanSoon(): void;
  /** Ends the watch. Resolves when a scan that has begun is over. */
  stop(): Promise<void>;
}

/** After so long without an event, an editor has saved all files. */
const QUIET_MS = 150;

/** A folder with constant events is scanned after so long. */
const MAX_WAIT_MS = 2_000;

/** Some changes cause no event: behind a symbolic link, or in a folder that has been replaced. */
const POLL_MS = 3_000;

/**
 * Calls `scan` after each event in a folder or its subfolders, and every three seconds: events may come late, come without a
 * change, or not come. One scan at a time.
 */
export function watchFolder(folder: URL, scan: () => Promise<void>): FolderWatch {
  const end = new AbortController();
  const notifier = new Notifier();
  let isDirty = false;
  const scanSoon = () => {
    isDirty = true;
    notifier.notify();
  };
  const endEvents = listen(folder, scanSoon);

  const wait = async (ms: number) => {
    const timer = setTimeout(() => notifier.notify(), ms);
    await notifier.next();
    clearTimeout(timer);
  };
  const run = async () => {
    while (!end.signal.aborted) {
      if (!isDirty) await wait(POLL_MS);
      const latest = performance.now() + MAX_WAIT_MS;
      while (isDirty && !end.signal.aborted && performance.now() < latest) {
        isDirty = false;
        await wait(QUIET_MS);
      }
      isDirty = false;
      if (!end.signal.aborted) await scan();
    }
  };
  const over = run();
  return {
    scanSoon,
    stop: async () => {
      end.abort();
      notifier.notify();
      endEvents();
      await over;
    },
  };
}

/** Calls `changed` at every event that may be a change. Does nothing where the system has no events. */
function listen(folder: URL, changed: () => void): () => void {
  let watcher: Deno.FsWatcher;
  try {
    watcher = Deno.watchFs(decodeURIComponent(folder.pathname), { recursive: true });
  } catch {
    return () => {};
  }
  const follow = async () => {
    // A scan itself causes `access` events.
    for await (const { kind } of watcher) if (kind !== "access") changed();
  };
  follow().catch(() => {});
  return () => watcher.close();
}
