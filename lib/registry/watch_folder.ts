import { Notifier } from "../async/mod.ts";

/** Somebody who looks at a folder again and again. */
export interface FolderWatch {
  /** Looks soon, though nothing has changed. */
  scanSoon(): void;
  /** Looks no more. Resolves when a look that is under way is over. */
  stop(): Promise<void>;
}

/** A folder that has been quiet for so long has been saved to the end. */
const QUIET_MS = 150;

/** A folder that never is quiet is looked at all the same. */
const RESTLESS_MS = 2_000;

/** Not every change is told: not one behind a symbolic link, not one in a folder that has been replaced. */
const POLL_MS = 3_000;

/**
 * Calls `look` when something in a folder, or in the folders in it, may have changed, and now and then without a reason.
 * An event is a hint and nothing more: it may come late, come for nothing, or not come. One look at a time.
 */
export function watchFolder(folder: URL, look: () => Promise<void>): FolderWatch {
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
      const latest = performance.now() + RESTLESS_MS;
      while (isDirty && !end.signal.aborted && performance.now() < latest) {
        isDirty = false;
        await wait(QUIET_MS);
      }
      isDirty = false;
      if (!end.signal.aborted) await look();
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

/** Calls `changed` at every event that may be a change. Where the system has no events, there are none. */
function listen(folder: URL, changed: () => void): () => void {
  let watcher: Deno.FsWatcher;
  try {
    watcher = Deno.watchFs(decodeURIComponent(folder.pathname), { recursive: true });
  } catch {
    return () => {};
  }
  const follow = async () => {
    // To look is to access: such an event must not be a reason to look.
    for await (const { kind } of watcher) if (kind !== "access") changed();
  };
  follow().catch(() => {});
  return () => watcher.close();
}
