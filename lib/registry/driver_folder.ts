import { getLogger } from "@logtape/logtape";
import { deadline, Mutex, Semaphore } from "../async/mod.ts";
import { asLabError, LabError } from "../errors.ts";
import { DriverFile } from "./driver_file.ts";
import type { DriverVersion } from "./driver_version.ts";
import { FailedDriver } from "./failed_driver.ts";
import { fileStamp } from "./file_access.ts";
import { listDriverFiles, MAX_DRIVER_FILES } from "./list_driver_files.ts";
import { type DriversInUse, replaceVersion, usersOf } from "./replace_version.ts";
import { type FolderWatch, watchFolder } from "./watch_folder.ts";

/** Files that load at the same time. One that takes longer does not count: files that hang do not delay the others. */
const MAX_CONCURRENT_LOADS = 4;
const MAX_HOLD_MS = 3_000;

/** A changed file that loads longer does not delay the others. */
const RELOAD_PATIENCE_MS = 3_000;

/** The limit for ending a scan, and for ending all drivers. */
const MAX_CLOSE_MS = 2_000;

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
  #isTooLarge = false;
  #watch: FolderWatch | undefined;
  #error: LabError | undefined;

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

  /** The reason why its latest scan failed, if it is watched. */
  get error(): LabError | undefined {
    return this.#error;
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
    const scan = async () => {
      try {
        await this.#scanning.run(() => this.#scan(RELOAD_PATIENCE_MS, () => {}), this.#end.signal);
        this.#error = undefined;
      } catch (thrown) {
        const error = asLabError(thrown, "InternalError");
        const isNew = error.message !== this.#error?.message;
        if (isNew && !this.#end.signal.aborted) logger.error("{error}", { error: error.message });
        this.#error = error;
      }
    };
    this.#watch ??= watchFolder({ scan, stamp: () => this.#stamp() });
  }

  /** The names of all files, and the times and sizes of what they import. */
  async #stamp(): Promise<string> {
    const { signal } = this.#end;
    const urls = await listDriverFiles(this.#folder, signal);
    const files = new Set([...urls.map(({ href }) => href), ...this.files.flatMap(({ sources }) => sources)]);
    const stamps = Array.from(files, async (href) => `${href} ${await fileStamp(new URL(href), signal)}`);
    return (await Promise.all(stamps)).join("\n");
  }

  /** Scans soon if the folder is watched: a user was removed that may have blocked a change. */
  userRemoved(): void {
    this.#watch?.scanSoon();
  }

  /** Ends the watch and all drivers. A scan that hangs is left behind. */
  async close(): Promise<void> {
    this.#end.abort(new DOMException("the daemon stops", "AbortError"));
    const ended = Promise.all([this.#watch?.stop(), this.#scanning.run(() => {})]);
    await deadline(ended, MAX_CLOSE_MS).catch(() => {});
    const closed = Promise.all(this.files.map(({ driver }) => driver?.close()));
    await deadline(closed, MAX_CLOSE_MS).catch(() => {});
  }

  async #scan(patience: number, enough: () => void): Promise<void> {
    const { signal } = this.#end;
    const urls = this.#limited(await listDriverFiles(this.#folder, signal));
    let hasChanged = false;
    for (const [href, entry] of this.#files) if (!urls.has(href) && await this.#delete(entry)) hasChanged = true;
    const stale: DriverFile[] = [];
    for (const [href, url] of urls) {
      const entry = this.#files.get(href) ?? new DriverFile(url);
      this.#files.set(href, entry);
      if (await entry.isStale(signal)) stale.push(entry);
    }
    if (stale.length > 0) await this.#loadAll(stale, hasChanged, patience, enough);
    else if (hasChanged) await this.#changed();
  }

  /** Not more files than a folder may have. Those that are known come first. */
  #limited(urls: URL[]): Map<string, URL> {
    const left = urls.length - MAX_DRIVER_FILES;
    if (left > 0 && !this.#isTooLarge) {
      const folder = decodeURIComponent(this.#folder.pathname);
      const error = `${folder} has ${urls.length} driver files: ${left} of them are not loaded, ` +
        `since a folder may have ${MAX_DRIVER_FILES}`;
      logger.error("{error}", { error });
    }
    this.#isTooLarge = left > 0;
    const inOrder = left > 0 ? urls.toSorted((a, b) => this.#rank(a) - this.#rank(b)) : urls;
    return new Map(inOrder.slice(0, MAX_DRIVER_FILES).map((url) => [url.href, url]));
  }

  #rank({ href }: URL): number {
    return this.#files.has(href) ? 0 : 1;
  }

  /** Loads files, and reports each change; with `hasChanged`, there is one already. */
  async #loadAll(stale: DriverFile[], hasChanged: boolean, patience: number, enough: () => void): Promise<void> {
    const { signal } = this.#end;
    const semaphore = new Semaphore(MAX_CONCURRENT_LOADS, MAX_HOLD_MS);
    const loading = new Map(stale.map((entry) => [entry, semaphore.run(() => entry.load(signal))]));
    const loaded = new Map<DriverFile, DriverVersion | undefined>();
    const settled = new Set<DriverFile>();
    for (const [entry, load] of loading) {
      load.then((driver) => loaded.set(entry, driver)).catch(() => {}).then(() => settled.add(entry));
    }
    // Drivers of this pass: none of them has users yet that it must not lose.
    const fresh = new Set<DriverFile>();
    let known = hasChanged ? "" : this.#state();
    await deadline(Promise.allSettled(loading.values()), patience).catch(() => {});
    for (;;) {
      const done = [...loading].filter(([entry]) => settled.has(entry));
      // All names first, so that two files of one name are both refused.
      for (const [entry] of done) if (!entry.driver) entry.name = loaded.get(entry)?.description.name;
      for (const [entry, load] of done) {
        loading.delete(entry);
        await this.#use(entry, load, fresh);
      }
      for (const entry of loading.keys()) entry.error = stillLoading(entry, patience);
      const state = this.#state();
      if (state !== known && !signal.aborted) await this.#changed();
      known = state;
      enough();
      if (loading.size === 0) return;
      await Promise.race(loading.values()).catch(() => {});
    }
  }

  /** Replaces a file's running version, or keeps the error why it cannot. */
  async #use(
    entry: DriverFile,
    loading: Promise<DriverVersion | undefined>,
    fresh: Set<DriverFile>,
  ): Promise<void> {
    const { file } = entry;
    let driver: DriverVersion | undefined;
    const known = entry.error?.message;
    const isFirst = !entry.driver;
    entry.isBlocked = undefined;
    entry.isDeleted = false;
    try {
      driver = await loading;
      this.#end.signal.throwIfAborted();
      await this.#assertSingle(entry, (driver ?? entry.driver)!.description.name, fresh);
      if (driver) await replaceVersion(entry, driver, this.#files, this.#inUse);
      if (driver && isFirst) fresh.add(entry);
      entry.error = undefined;
    } catch (thrown) {
      if (this.#end.signal.aborted) return void await driver?.close();
      entry.error = asLabError(thrown, "InternalError");
      if (!entry.driver) entry.name = driver?.description.name;
      const kept = entry.driver ? "; the version loaded before stays in use" : "";
      const { type, message } = entry.error;
      if (message !== known) logger.error(`{file}: {error}${kept}`, { file, error_type: type, error: message });
      await driver?.close();
    }
  }

  /**
   * Refuses all files of one name, until only one is left. A version that runs stays in use, unless it was loaded in this
   * pass: of a file and its copy, neither is used only because it loads faster.
   *
   * @throws {LabError} `InvalidRequest`, with the names of all.
   */
  async #assertSingle(entry: DriverFile, name: string, fresh: Set<DriverFile>): Promise<void> {
    const others = (of: DriverFile) =>
      [...this.#files.values()].filter((it) => it !== of && !it.isDeleted && it.name === name);
    const rivals = others(entry);
    if (rivals.length === 0) return;
    const error = sameName(name, [entry, ...rivals]);
    for (const it of [entry, ...rivals]) it.isBlocked = () => others(it).length > 0;
    for (const rival of rivals) {
      rival.error = error;
      if (!rival.driver || !fresh.delete(rival)) continue;
      const { driver } = rival;
      rival.driver = undefined;
      for (const user of usersOf([driver], this.#inUse)) {
        user.replacePlan(new FailedDriver(name, error).plan(user.plan.input));
      }
      await driver.close();
    }
    throw error;
  }

  /** The state of all files, to be compared. */
  #state(): string {
    return JSON.stringify(
      this.files.map((
        { file, name, driver, error, isDeleted },
      ) => [file, name, driver?.version, error?.message, isDeleted]),
    );
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

function sameName(name: string, files: DriverFile[]): LabError {
  const all = files.map(({ file }) => file).sort();
  const message = `Cannot use the driver "${name}": ${all.length} files declare it: ${all.join(", ")}. ` +
    "Keep one in the folder, or give the others another name";
  return new LabError("InvalidRequest", message, { type: "DuplicateDriver", context: { driver: name, files: all } });
}

function stillLoading({ file, driver }: DriverFile, patience: number): LabError {
  const meanwhile = driver ? "the version loaded before stays in use" : "its devices wait for it";
  const message = `Cannot load ${file} yet: it still loads after ${patience / 1000} s; ${meanwhile}`;
  return new LabError("DriverError", message, { type: "DriverStillLoads", context: { file } });
}
