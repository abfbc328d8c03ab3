import { getLogger } from "@logtape/logtape";
import { deadline, Mutex, Semaphore } from "../async/mod.ts";
import { listDriverFiles } from "../driver/load.ts";
import { type FolderWatch, watchFolder } from "./watch_folder.ts";
import { asLabError, LabError } from "../errors.ts";
import { DriverFile } from "./driver_file.ts";
import type { DriverSource } from "./driver_source.ts";
import type { FileDriver } from "./file_driver.ts";
import type { Device } from "../device/device.ts";
import { replaceVersion, usersOf } from "./replace_version.ts";

/** What a folder needs to know of the bench, and tells it. */
export interface FolderBench {
  devices(): Device[];
  /** Who has this name. */
  find(type: string): { source: DriverSource; file: string | null } | undefined;
  /** What is loaded, or why it is not, has changed. */
  changed(): Promise<void>;
}

/** How many files are loaded at the same time. */
const AT_ONCE = 4;

const logger = getLogger(["labdaemon", "drivers"]);

/**
 * A folder of driver files. Each look at it brings what is loaded in line with what is there: a new file is loaded; one
 * that has changed, or imports what has, is loaded anew beside the version that runs, and takes its place together with
 * all its devices, or not at all; what is gone goes when no device uses it.
 */
export class DriverFolder {
  readonly #folder: URL;
  readonly #bench: FolderBench;
  readonly #files = new Map<string, DriverFile>();
  readonly #oneLook = new Mutex();
  readonly #end = new AbortController();
  #watch: FolderWatch | undefined;

  constructor(folder: URL, bench: FolderBench) {
    this.#folder = folder;
    this.#bench = bench;
  }

  /** Its files in alphabetical order, with those that are gone and still run. */
  get files(): readonly DriverFile[] {
    return [...this.#files].sort(([a], [b]) => a < b ? -1 : 1).map(([, entry]) => entry);
  }

  /**
   * Looks at the folder. Resolves when everything that it led to is done; with `patience`, after so many milliseconds at the
   * latest: a file that still loads then takes its place when it is done.
   *
   * @throws {LabError} `NotFound`, if there is no such folder.
   */
  async look({ patience = Infinity } = {}): Promise<void> {
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    await Promise.race([enough, this.#oneLook.run(() => this.#look(patience, resolve), this.#end.signal)]);
  }

  /** Looks again whenever something has changed, until it is closed. */
  watch(): void {
    let told: string | undefined;
    this.#watch ??= watchFolder(this.#folder, async () => {
      try {
        await this.look();
        told = undefined;
      } catch (thrown) {
        const { message } = asLabError(thrown, "InternalError");
        if (message !== told && !this.#end.signal.aborted) logger.error("{error}", { error: message });
        told = message;
      }
    });
  }

  /** A device has left: what waited for that need not wait any longer. */
  nudge(): void {
    this.#watch?.nudge();
  }

  async close(): Promise<void> {
    this.#end.abort(new DOMException("the daemon stops", "AbortError"));
    await this.#watch?.stop();
    await this.#oneLook.run(() => Promise.all(this.files.map(({ driver }) => driver?.close())));
  }

  async #look(patience: number, enough: () => void): Promise<void> {
    const urls = new Map(listDriverFiles(this.#folder).map((url) => [url.href, url]));
    let hasChanged = false;
    for (const [href, entry] of this.#files) if (!urls.has(href) && await this.#leave(entry)) hasChanged = true;
    const stale: DriverFile[] = [];
    for (const [href, url] of urls) {
      const entry = this.#files.get(href) ?? new DriverFile(url);
      this.#files.set(href, entry);
      if (await entry.isStale()) stale.push(entry);
    }
    if (stale.length > 0) await this.#loadAll(stale, patience, enough);
    else if (hasChanged) await this.#bench.changed();
  }

  async #loadAll(stale: DriverFile[], patience: number, enough: () => void): Promise<void> {
    const { signal } = this.#end;
    const places = new Semaphore(AT_ONCE);
    const loading = new Map(stale.map((entry) => [entry, places.run(() => entry.load(signal))]));
    const settled = new Set<DriverFile>();
    for (const [entry, load] of loading) {
      const settle = () => settled.add(entry);
      load.then(settle, settle);
    }
    await deadline(Promise.allSettled(loading.values()), patience).catch(() => {});
    for (;;) {
      // In the files' order, whichever was loaded first: of two drivers of one name, the same one wins each time.
      for (const [entry, load] of loading) {
        if (!settled.has(entry)) continue;
        loading.delete(entry);
        await this.#take(entry, load);
      }
      for (const entry of loading.keys()) entry.error = stillLoading(entry, patience);
      if (!signal.aborted) await this.#bench.changed();
      enough();
      if (loading.size === 0) return;
      await Promise.race(loading.values()).catch(() => {});
    }
  }

  /** Lets a file's new version take its place, or says why it does not. */
  async #take(entry: DriverFile, loading: Promise<FileDriver | undefined>): Promise<void> {
    const { file } = entry;
    let driver: FileDriver | undefined;
    entry.isBlocked = undefined;
    entry.isGone = false;
    try {
      driver = await loading;
      this.#end.signal.throwIfAborted();
      if (driver) await replaceVersion(entry, driver, this.#files, this.#bench);
      entry.error = undefined;
    } catch (thrown) {
      if (this.#end.signal.aborted) return void await driver?.close();
      entry.error = asLabError(thrown, "InternalError");
      if (!entry.driver) entry.name = driver?.description.name;
      const goesOn = entry.driver ? "; what was loaded before goes on" : "";
      const { type, message } = entry.error;
      logger.error(`{file}: {error}${goesOn}`, { file, error_type: type, error: message });
      await driver?.close();
    }
  }

  /** Says whether something has changed. */
  async #leave(entry: DriverFile): Promise<boolean> {
    const { url, file, driver } = entry;
    const users = driver ? usersOf([driver], this.#bench) : [];
    if (users.length === 0) {
      this.#files.delete(url.href);
      await driver?.close();
      logger.info("{file}: gone", { file });
      return true;
    }
    if (entry.isGone) return false;
    const ids = users.map(({ id }) => id).join(", ");
    const message =
      `Cannot find ${file}: it is gone. What was loaded of it goes on for ${ids}, and goes with the last device`;
    entry.leave(new LabError("NotFound", message, { context: { file } }));
    logger.warn("{warning}", { file, warning: message });
    return true;
  }
}

function stillLoading({ file }: DriverFile, patience: number): LabError {
  const message = `Cannot load ${file} yet: it still loads after ${patience / 1000} s; its devices wait for it`;
  return new LabError("DriverError", message, { type: "DriverStillLoads", context: { file } });
}
