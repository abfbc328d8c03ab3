import type { LabError } from "../errors.ts";
import { DriverSources } from "./driver_sources.ts";
import { FileDriver } from "./file_driver.ts";
import { fileName } from "./list_driver_files.ts";

/** A file that is a driver, or wants to be one: what of it runs, and why that is not what is in the file now. */
export class DriverFile {
  readonly url: URL;
  /** Its name in the folder. */
  readonly file: string;
  /** The version that runs. */
  driver: FileDriver | undefined;
  /** The device type that it names, as far as that is known. */
  name: string | undefined;
  /** Why what is in the file now does not run. */
  error: LabError | undefined;
  /** It was deleted, and what was loaded of it still runs. */
  isDeleted = false;
  /** Whether it is still in the way what kept a version, that could be loaded, from running. */
  isBlocked: (() => boolean) | undefined;
  #tried: DriverSources | undefined;

  constructor(url: URL) {
    this.url = url;
    this.file = fileName(url);
  }

  /** Whether there is a reason to load it: it is not what was last tried, or what then went wrong may go right now. */
  async isStale(): Promise<boolean> {
    if (!await this.#tried?.isCurrent() || this.isBlocked?.() === false) return true;
    // A package may be there that was not, or a path: whoever saves it again wants it tried again.
    return this.error !== undefined && await this.#tried!.isSavedAgain();
  }

  /**
   * Loads what is in the file now, beside what runs. `undefined` if that is what runs.
   *
   * @throws {LabError} `DriverError`, if it is not a driver that can be loaded.
   */
  async load(signal: AbortSignal): Promise<FileDriver | undefined> {
    signal.throwIfAborted();
    const sources = this.#tried = await DriverSources.read(this.url, signal);
    if (this.driver?.sources.isSameAs(sources)) return undefined;
    return await FileDriver.load(this.url, sources, signal);
  }

  /** It is gone from the folder. Should it come back, it is loaded whatever it is. */
  markDeleted(error: LabError): void {
    this.isDeleted = true;
    this.error = error;
    this.#tried = undefined;
  }
}
