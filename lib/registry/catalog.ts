import type { DriverDescription } from "../driver/describe.ts";
import { type ErrorReport, LabError, shortened } from "../errors.ts";
import { DriverFolder } from "./driver_folder.ts";
import type { DriverSource } from "./driver_source.ts";
import { revive } from "./failed_driver.ts";
import type { Device } from "../device/device.ts";
import { nameTaken } from "./replace_version.ts";

/** A driver, as `GET /drivers` tells it. A file that failed to load has no more than its error. */
export interface DriverStatus extends Partial<Omit<DriverDescription, "name">> {
  /** The device type; `null` as long as the file has not told. */
  name: string | null;
  /** The file's name; `null` for what a script registered. */
  file: string | null;
  /** `loaded`: there is a version that devices can use, and everything here describes that one. */
  status: "loaded" | "failed";
  /**
   * Why what is in the file now does not run. Beside `loaded`: the file has changed, or is gone, since the version was
   * loaded that still runs.
   */
  error?: ErrorReport;
}

/** What the catalog needs to know of the bench, and tells it. */
export interface CatalogBench {
  devices(): Device[];
  /** What is loaded, or why it is not, has changed. */
  changed(): void;
}

/** How drivers are loaded. */
export interface LoadDriversOptions {
  /**
   * Load again whenever something in the folder changes, until the daemon shuts down.
   *
   * @default {false}
   */
  watch?: boolean;
  /**
   * How long to wait for a file, in milliseconds. One that takes longer is listed with an error that says so, and is there
   * when it is loaded; devices that wait for it then come to life.
   *
   * @default {Infinity}
   */
  patience?: number;
}

/** All drivers there are, by device type; and the files that want to be one. */
export class Catalog {
  readonly #bench: CatalogBench;
  readonly #registered = new Map<string, DriverSource>();
  readonly #folders = new Map<string, DriverFolder>();

  constructor(bench: CatalogBench) {
    this.#bench = bench;
  }

  /**
   * Adds a driver under its name.
   *
   * @throws {LabError} `InvalidRequest`, if there is one of that name.
   */
  register(source: DriverSource): void {
    const { name } = source.description;
    const other = this.find(name);
    if (other) throw nameTaken(name, null, other.file);
    this.#registered.set(name, source);
  }

  /**
   * Loads every driver file of a folder; of a folder that was loaded before, what has changed. A file that fails is listed
   * with its error and keeps nobody from loading.
   *
   * @throws {LabError} `NotFound`, if there is no such folder.
   */
  async loadFolder(url: URL, { watch = false, patience }: LoadDriversOptions = {}): Promise<void> {
    const folder = this.#folders.get(url.href) ?? new DriverFolder(url, {
      devices: () => this.#bench.devices(),
      find: (type) => this.find(type),
      changed: () => this.#changed(),
    });
    this.#folders.set(url.href, folder);
    await folder.look({ patience });
    if (watch) folder.watch();
  }

  /** A device has left, and with it perhaps the reason to keep what it used. */
  deviceRemoved(): void {
    for (const folder of this.#folders.values()) folder.nudge();
  }

  find(type: string): { source: DriverSource; file: string | null } | undefined {
    const source = this.#registered.get(type);
    if (source) return { source, file: null };
    const file = this.#files().find(({ driver }) => driver?.description.name === type);
    return file && { source: file.driver!, file: file.file };
  }

  /** @throws {LabError} `DeviceTypeNotFound`, saying which there are, and which failed to load. */
  get(type: string, attempt: string): DriverSource {
    const found = this.find(type);
    if (found) return found.source;
    const all = this.list();
    const known = all.filter(({ status }) => status === "loaded").map(({ name }) => name).join(", ") || "none";
    const failed = all.filter(({ status }) => status === "failed").map(({ file, error }) =>
      `${file}: ${error?.message}`
    );
    const asked = shortened(type);
    const notLoaded = failed.length ? `. Not loaded: ${failed.join("; ")}` : "";
    throw new LabError(
      "DeviceTypeNotFound",
      `${attempt}: there is no device type "${asked}"; known types are ${known}${notLoaded}`,
      { context: { device_type: asked } },
    );
  }

  /** Every driver, and every file that failed. */
  list(): DriverStatus[] {
    const registered = Array.from(this.#registered.values(), ({ description }): DriverStatus => ({
      ...description,
      file: null,
      status: "loaded",
    }));
    const files = this.#files().map(({ file, name, driver, error }): DriverStatus => ({
      name: name ?? null,
      ...driver?.description,
      file,
      status: driver ? "loaded" : "failed",
      ...(error && { error: error.toJSON() }),
    }));
    return [...registered, ...files];
  }

  async close(): Promise<void> {
    const all = [...this.#registered.values(), ...this.#folders.values()];
    await Promise.all(all.map((it) => it.close()));
  }

  #files() {
    return [...this.#folders.values()].flatMap(({ files }) => files);
  }

  async #changed(): Promise<void> {
    for (const device of this.#bench.devices()) {
      await revive(device, (type, attempt) => this.get(type, attempt));
    }
    this.#bench.changed();
  }
}
