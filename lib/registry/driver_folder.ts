import { getLogger } from "@logtape/logtape";
import { deadline, Mutex } from "../async/mod.ts";
import { asLabError, LabError } from "../errors.ts";
import { DriverFile } from "./driver_file.ts";
import { fileStamp } from "./files/file_access.ts";
import { listDriverFiles, MAX_DRIVER_FILES } from "./files/list_driver_files.ts";
import { LoadPass } from "./load_pass.ts";
import type { VersionSettings } from "./driver_version.ts";
import { type DriversInUse, usersOf } from "./replace_version.ts";
import { type FolderWatch, watchFolder } from "./files/watch_folder.ts";

/**
 * The options of loading a folder of drivers.
 *
 * @example
 * ```ts
 * import { LabDaemon, type LoadDriversOptions } from "labdaemon";
 *
 * const options: LoadDriversOptions = { patience: 3_000 };
 * const folder = await Deno.makeTempDir();
 * await using daemon = new LabDaemon();
 * await daemon.loadDrivers(folder, options);
 * ```
 */
export interface LoadDriversOptions {
  /**
   * True to load again whenever a file in the folder changes, until the daemon shuts down.
   *
   * @default {false}
   */
  watch?: boolean;
  /**
   * The longest time to wait for a file, in milliseconds. A file that loads longer is listed with an error that says so
   * until it is loaded; its devices are made then.
   *
   * @default {Infinity}
   */
  patience?: number;
}

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
  readonly #settings: VersionSettings;
  readonly #files = new Map<string, DriverFile>();
  readonly #scanning = new Mutex();
  readonly #end = new AbortController();
  #isTooLarge = false;
  #watch: FolderWatch | undefined;
  #error: LabError | undefined;

  /**
   * @param changed Called when a driver, or the reason why a file has none, has changed.
   */
  constructor(folder: URL, inUse: DriversInUse, changed: () => Promise<void>, settings: VersionSettings = {}) {
    this.#settings = settings;
    this.#folder = folder;
    this.#inUse = inUse;
    this.#changed = changed;
  }

  /** The files of the folder in alphabetical order, with deleted ones whose driver still runs. */
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
      const entry = this.#files.get(href) ?? new DriverFile(url, this.#settings);
      this.#files.set(href, entry);
      if (await entry.isStale(signal)) stale.push(entry);
    }
    if (stale.length > 0) await this.#load(stale, hasChanged, patience, enough);
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
  async #load(stale: DriverFile[], hasChanged: boolean, patience: number, enough: () => void): Promise<void> {
    const { signal } = this.#end;
    let known = hasChanged ? "" : this.#state();
    const pass = new LoadPass(this.#files, this.#inUse, signal);
    for await (const _ of pass.load(stale, patience)) {
      const state = this.#state();
      if (state !== known && !signal.aborted) await this.#changed();
      known = state;
      enough();
    }
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
