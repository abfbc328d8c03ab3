import { LabError } from "../errors.ts";
import { IMPORTS_NOT_LISTED } from "./files/list_imports.ts";
import { SourceFiles } from "./files/source_files.ts";
import { DriverVersion, type VersionSettings } from "./driver_version.ts";
import { fileName } from "./files/list_driver_files.ts";

/** One file of a driver folder: its running version, and the error of its present content. */
export class DriverFile {
  readonly url: URL;
  /** The name of the file in the folder. */
  readonly file: string;
  /** The running version; `undefined` as long as none could be loaded. */
  driver: DriverVersion | undefined;
  /** The device type that it declares, once it is known. */
  name: string | undefined;
  /** The reason why the present content of the file does not run. */
  error: LabError | undefined;
  /** True if the file was deleted while its running version has users. */
  isDeleted = false;
  /** True while the obstacle remains that kept a loaded version from replacing the running one. */
  isBlocked: (() => boolean) | undefined;
  #attempted: SourceFiles | undefined;
  readonly #settings: VersionSettings;

  constructor(url: URL, settings: VersionSettings = {}) {
    this.url = url;
    this.#settings = settings;
    this.file = fileName(url);
  }

  /** The files of its last version that was read. */
  get sources(): readonly string[] {
    return this.#attempted?.files ?? [];
  }

  /** Resolves with true if it is to be loaded: its content has changed, or the last attempt can succeed now. */
  async isStale(signal: AbortSignal): Promise<boolean> {
    if (!this.#attempted || this.error?.code === "Unavailable" || this.isBlocked?.() === false) return true;
    try {
      if (!await this.#attempted.isCurrent(signal)) return true;
      // A missing package or file may exist now: saving the file again asks for another attempt.
      return this.error !== undefined && await this.#attempted.isSavedAgain(signal);
    } catch {
      // The load meets the same error, and reports it.
      return true;
    }
  }

  /**
   * Loads the present content of the file, beside the running version. `undefined` if they are equal.
   *
   * @throws {LabError} `DriverError`, if it is not a driver that can be loaded.
   */
  async load(signal: AbortSignal): Promise<DriverVersion | undefined> {
    signal.throwIfAborted();
    // Undefined after a failed read, so that each scan tries again. Listing imports takes too long for that.
    this.#attempted = undefined;
    const { descriptions } = this.#settings;
    const known = descriptions && ((file: URL) => descriptions.importsOf(file));
    const sources = this.#attempted = await SourceFiles.read(this.url, signal, known).catch(async (error) => {
      const isSlow = error instanceof LabError && error.type === IMPORTS_NOT_LISTED;
      if (isSlow) this.#attempted = await SourceFiles.readAlone(this.url, signal).catch(() => undefined);
      throw error;
    });
    if (this.driver?.sources.isSameAs(sources)) return undefined;
    return await DriverVersion.load(this.url, sources, signal, this.#settings);
  }

  /** Marks it as deleted. If the file comes back, it is loaded whatever its content. */
  markDeleted(error: LabError): void {
    this.isDeleted = true;
    this.error = error;
    this.#attempted = undefined;
  }
}
