import { getLogger } from "@logtape/logtape";
import { deadline, Mutex, Semaphore } from "../async/mod.ts";
import { asLabError, LabError } from "../errors.ts";
import { DriverFile } from "./driver_file.ts";
import type { DriverVersion } from "./driver_version.ts";
import { listDriverFiles } from "./list_driver_files.ts";
import { type DriversInUse, replaceVersion, usersOf } from "./replace_version.ts";
import { type FolderWatch, watchFolder } from "./watch_folder.ts";

/** Files that load at the same time. */
const MAX_CONCURRENT_LOADS = 4;

const logger = getLogger(["labdaemon", "drivers"]);

/**
 * A folder of driver files. Each scan loads new files, and files that have changed or that import a file that has. A new
 * version loads beside the running version, then replaces it for all its users or for none. A deleted file's driver is
 * dropped as soon as no user is left.
 */
export class DriverFolder {
  readonly #folder: URL;
  readonly #inUse: DriversInUse;
  readonly #changed: () => Promise<void>;
  readonly #files = new Map<string, DriverFile>();
  readonly #scanning = new Mutex();
  readonly #end = new AbortController();
  #watch: FolderWatch | undefined;

  /** @param changed Called when a driver, or the reason why a file has none, has changed. */
  constructor(folder: URL, inUse: DriversInUse, changed: () => Promise<void>) {
    this.#folder = folder;
    this.#inUse = inUse;
    this.#changed = changed;
  }

  /** Its files in alphabetical order, with deleted ones whose driver still runs. */
  get files(): readonly DriverFile[] {
    return [...this.#files].sort(([a], [b]) => a < b ? -1 : 1).map(([, entry]) => entry);
  }

  /**
   * Loads what has changed. Resolves when all of it is loaded or has failed, or after `patience` milliseconds; a file that
   * loads longer is used as soon as it is loaded.
   *
   * @throws {LabError} `NotFound`, if there is no such folder.
   */
  async scan({ patience = Infinity } = {}): Promise<void> {
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    await Promise.race([enough, this.#scanning.run(() => this.#scan(patience, resolve), this.#end.signal)]);
  }

  /** Scans again at every change, until the folder is closed. */
  watch(): void {
    let logged: string | undefined;
    this.#watch ??= watchFolder(this.#folder, async () => {
      try {
        await this.scan();
        logged = undefined;
      } catch (thrown) {
        const { message } = asLabError(thrown, "InternalError");
        if (message !== logged && !this.#end.signal.aborted) logger.error("{error}", { error: message });
        logged = message;
      }
    });
  }

  /** Scans soon if the folder is watched: a user was removed that may have blocked a change. */
  userRemoved(): void {
    this.#watch?.scanSoon();
  }

  async close(): Promise<void> {
    this.#end.abort(new DOMException("the daemon stops", "AbortError"));
    await this.#watch?.stop();
    await this.#scanning.run(() => Promise.all(this.files.map(({ driver }) => driver?.close())));
  }

  async #scan(patience: number, enough: () => void): Promise<void> {
    const urls = new Map(listDriverFiles(this.#folder).map((url) => [url.href, url]));
    let hasChanged = false;
    for (const [href, entry] of this.#files) if (!urls.has(href) && await this.#delete(entry)) hasChanged = true;
    const stale: DriverFile[] = [];
    for (const [href, url] of urls) {
      const entry = this.#files.get(href) ?? new DriverFile(url);
      this.#files.set(href, entry);
      if (await entry.isStale()) stale.push(entry);
    }
    if (stale.length > 0) await this.#loadAll(stale, patience, enough);
    else if (hasChanged) await this.#changed();
  }

  async #loadAll(stale: DriverFile[], patience: number, enough: () => void): Promise<void> {
    const { signal } = this.#end;
    const semaphore = new Semaphore(MAX_CONCURRENT_LOADS);
    const loading = new Map(stale.map((entry) => [entry, semaphore.run(() => entry.load(signal))]));
    const settled = new Set<DriverFile>();
    for (const [entry, load] of loading) {
      const settle = () => settled.add(entry);
      load.then(settle, settle);
    }
    await deadline(Promise.allSettled(loading.values()), patience).catch(() => {});
    for (;;) {
      // In the order of the files, not of loading: of two drivers of one name, the same one is used each time.
      for (const [entry, load] of loading) {
        if (!settled.has(entry)) continue;
        loading.delete(entry);
        await this.#use(entry, load);
      }
      for (const entry of loading.keys()) entry.error = stillLoading(entry, patience);
      if (!signal.aborted) await this.#changed();
      enough();
      if (loading.size === 0) return;
      await Promise.race(loading.values()).catch(() => {});
    }
  }

  /** Replaces a file's running version, or keeps the error why it cannot. */
  async #use(entry: DriverFile, loading: Promise<DriverVersion | undefined>): Promise<void> {
    const { file } = entry;
    let driver: DriverVersion | undefined;
    entry.isBlocked = undefined;
    entry.isDeleted = false;
    try {
      driver = await loading;
      this.#end.signal.throwIfAborted();
      if (driver) await replaceVersion(entry, driver, this.#files, this.#inUse);
      entry.error = undefined;
    } catch (thrown) {
      if (this.#end.signal.aborted) return void await driver?.close();
      entry.error = asLabError(thrown, "InternalError");
      if (!entry.driver) entry.name = driver?.description.name;
      const kept = entry.driver ? "; the version loaded before stays in use" : "";
      const { type, message } = entry.error;
      logger.error(`{file}: {error}${kept}`, { file, error_type: type, error: message });
      await driver?.close();
    }
  }

  /** Drops a deleted file, or keeps its driver for its users. Resolves with true if this changed anything. */
  async #delete(entry: DriverFile): Promise<boolean> {
    const { url, file, driver } = entry;
    const users = driver ? usersOf([driver], this.#inUse) : [];
    if (users.length === 0) {
      this.#files.delete(url.href);
      await driver?.close();
      logger.info("{file}: deleted", { file });
      return true;
    }
    if (entry.isDeleted) return false;
    const ids = users.map(({ id }) => id).join(", ");
    const message =
      `Cannot find ${file}: it was deleted. The loaded version stays in use for ${ids}, until the last device is removed`;
    entry.markDeleted(new LabError("NotFound", message, { context: { file } }));
    logger.warn("{warning}", { file, warning: message });
    return true;
  }
}

function stillLoading({ file }: DriverFile, patience: number): LabError {
  const message = `Cannot load ${file} yet: it still loads after ${patience / 1000} s; its devices wait for it`;
  return new LabError("DriverError", message, { type: "DriverStillLoads", context: { file } });
}
