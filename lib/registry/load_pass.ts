import { getLogger } from "@logtape/logtape";
import { deadline, Semaphore } from "../async/mod.ts";
import { asLabError, LabError } from "../errors.ts";
import type { DriverFile } from "./driver_file.ts";
import type { DriverVersion } from "./driver_version.ts";
import { FailedDriver } from "./failed_driver.ts";
import { type DriversInUse, replaceVersion, usersOf } from "./replace_version.ts";

/** The number of files that load at the same time. After `MAX_HOLD_MS` a file no longer counts: it may hang. */
const MAX_CONCURRENT_LOADS = 4;
const MAX_HOLD_MS = 3_000;

const logger = getLogger(["labdaemon", "drivers"]);

/** One pass of loading: the files of a folder that have changed, side by side. */
export class LoadPass {
  readonly #files: Map<string, DriverFile>;
  readonly #inUse: DriversInUse;
  readonly #signal: AbortSignal;
  /** The drivers of this pass. None of them has users yet. */
  readonly #fresh = new Set<DriverFile>();

  /** @param files All files of the folder. */
  constructor(files: Map<string, DriverFile>, inUse: DriversInUse, signal: AbortSignal) {
    this.#files = files;
    this.#inUse = inUse;
    this.#signal = signal;
  }

  /**
   * Loads files. Yields after `patience` milliseconds at the latest, with what is loaded by then in use, and again after
   * each file that loads longer.
   */
  async *load(stale: DriverFile[], patience: number): AsyncGenerator<void> {
    const semaphore = new Semaphore(MAX_CONCURRENT_LOADS, MAX_HOLD_MS);
    const loading = new Map(stale.map((entry) => [entry, semaphore.run(() => entry.load(this.#signal))]));
    const loaded = new Map<DriverFile, DriverVersion | undefined>();
    const settled = new Set<DriverFile>();
    for (const [entry, load] of loading) {
      load.then((driver) => loaded.set(entry, driver)).catch(() => {}).then(() => settled.add(entry));
    }
    await deadline(Promise.allSettled(loading.values()), patience).catch(() => {});
    for (;;) {
      const done = [...loading].filter(([entry]) => settled.has(entry));
      // All names first, so that two files of one name are both refused.
      for (const [entry] of done) if (!entry.driver) entry.name = loaded.get(entry)?.description.name;
      for (const [entry, load] of done) {
        loading.delete(entry);
        await this.#use(entry, load);
      }
      for (const entry of loading.keys()) entry.error = stillLoading(entry, patience);
      yield;
      if (loading.size === 0) return;
      await Promise.race(loading.values()).catch(() => {});
    }
  }

  /** Replaces a file's running version, or keeps the error why it cannot. */
  async #use(
    entry: DriverFile,
    loading: Promise<DriverVersion | undefined>,
  ): Promise<void> {
    const { file } = entry;
    let driver: DriverVersion | undefined;
    const known = entry.error?.message;
    const isFirst = !entry.driver;
    entry.isBlocked = undefined;
    entry.isDeleted = false;
    try {
      driver = await loading;
      this.#signal.throwIfAborted();
      await this.#assertSingle(entry, (driver ?? entry.driver)!.description.name);
      if (driver) await replaceVersion(entry, driver, this.#files, this.#inUse);
      if (driver && isFirst) this.#fresh.add(entry);
      entry.error = undefined;
    } catch (thrown) {
      if (this.#signal.aborted) return void await driver?.close();
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
  async #assertSingle(entry: DriverFile, name: string): Promise<void> {
    const others = (of: DriverFile) =>
      [...this.#files.values()].filter((it) => it !== of && !it.isDeleted && it.name === name);
    const rivals = others(entry);
    if (rivals.length === 0) return;
    const error = sameName(name, [entry, ...rivals]);
    for (const it of [entry, ...rivals]) it.isBlocked = () => others(it).length > 0;
    for (const rival of rivals) {
      rival.error = error;
      if (!rival.driver || !this.#fresh.delete(rival)) continue;
      const { driver } = rival;
      rival.driver = undefined;
      for (const user of usersOf([driver], this.#inUse)) {
        user.replacePlan(new FailedDriver(name, error).plan(user.plan.input));
      }
      await driver.close();
    }
    throw error;
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
