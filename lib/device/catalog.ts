import { getLogger } from "@logtape/logtape";
import { listDriverFiles } from "../driver/load.ts";
import type { DriverDescription } from "../driver/describe.ts";
import { asLabError, type ErrorReport, LabError } from "../errors.ts";
import type { DriverSource } from "./driver_source.ts";
import { FileDriver } from "./file_driver.ts";

/** A driver, as `GET /drivers` tells it. A file that failed to load has no more than its error. */
export interface DriverStatus extends Partial<Omit<DriverDescription, "name">> {
  /** The device type; `null` as long as the file has not told. */
  name: string | null;
  /** The file's name; `null` for what a script registered. */
  file: string | null;
  status: "loaded" | "failed";
  error?: ErrorReport;
}

/** How many files are loaded at the same time. */
const AT_ONCE = 4;

const logger = getLogger(["labdaemon", "drivers"]);

/** All drivers there are, by device type; and the files that wanted to be one. */
export class Catalog {
  readonly #sources = new Map<string, { source: DriverSource; file: string | null }>();
  readonly #failed: { name: string | null; file: string; error: LabError }[] = [];

  /**
   * Adds a driver under its name.
   *
   * @throws {LabError} `InvalidRequest`, if there is one of that name.
   */
  register(source: DriverSource, file: string | null = null): void {
    const { name } = source.description;
    const other = this.#sources.get(name);
    if (other) {
      const owner = other.file ?? "a class that a script registered";
      throw new LabError(
        "InvalidRequest",
        `Cannot load driver "${name}" from ${file ?? "a script"}: ${owner} has that name`,
      );
    }
    this.#sources.set(name, { source, file });
  }

  /**
   * Loads every driver file of a folder. A file that fails is listed with its error and keeps nobody from loading.
   *
   * @throws {LabError} `NotFound`, if there is no such folder.
   */
  async loadFolder(folder: URL): Promise<void> {
    const waiting = listDriverFiles(folder).map((file) => ({ file, loaded: Promise.withResolvers<FileDriver>() }));
    for (const { loaded } of waiting) loaded.promise.catch(() => {});
    const queue = [...waiting];
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        await FileDriver.load(next.file).then(next.loaded.resolve, next.loaded.reject);
      }
    };
    const workers = Array.from({ length: AT_ONCE }, worker);
    // In the files' order, whichever was loaded first: of two drivers of one name, the same one wins each time.
    for (const { file, loaded } of waiting) await this.#add(file, loaded.promise);
    await Promise.all(workers);
  }

  async #add(url: URL, loading: Promise<FileDriver>): Promise<void> {
    const file = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
    let driver: FileDriver | undefined;
    try {
      driver = await loading;
      this.register(driver, file);
      logger.info("{file}: {name}", { file, name: driver.description.name });
    } catch (thrown) {
      const error = asLabError(thrown, "InternalError");
      this.#failed.push({ name: driver?.description.name ?? null, file, error });
      logger.error("{file}: {error}", { file, error: error.message });
      await driver?.close();
    }
  }

  /** @throws {LabError} `DeviceTypeNotFound`, saying which there are, and which failed to load. */
  get(type: string, attempt: string): DriverSource {
    const found = this.#sources.get(type);
    if (found) return found.source;
    const known = [...this.#sources.keys()].join(", ") || "none";
    const failed = this.#failed.map(({ file, error }) => `${file}: ${error.message}`).join("; ");
    throw new LabError(
      "DeviceTypeNotFound",
      `${attempt}: there is no device type "${type}"; known types are ${known}${failed && `. Not loaded: ${failed}`}`,
      { context: { device_type: type } },
    );
  }

  /** Every driver, and every file that failed. */
  list(): DriverStatus[] {
    return [
      ...Array.from(this.#sources.values(), ({ source, file }): DriverStatus => ({
        ...source.description,
        file,
        status: "loaded",
      })),
      ...this.#failed.map(({ name, file, error }): DriverStatus => ({
        name,
        file,
        status: "failed",
        error: error.toJSON(),
      })),
    ];
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#sources.values(), ({ source }) => source.close()));
  }
}
