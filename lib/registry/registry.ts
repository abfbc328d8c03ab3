import { LabError, shortened } from "../errors.ts";
import { assertRunnable } from "../host/child_process.ts";
import type { DriverDescription, DriverStatus } from "../wire/driver.ts";
import { DriverFolder, type LoadDriversOptions } from "./driver_folder.ts";
import type { DriverSource } from "./driver_source.ts";
import { DriverVersion, type VersionSettings } from "./driver_version.ts";
import { mayCome, retryFailed, whyNoDriver } from "./failed_driver.ts";
import { fileName } from "./files/list_driver_files.ts";
import { type DriverGrants, type DriverUser, grantTo } from "./plan.ts";
import { PackageDrivers } from "./package_drivers.ts";
import { type FoundDriver, nameTaken } from "./replace_version.ts";
import { SourceFiles } from "./files/source_files.ts";

/** The bench, as far as the registry needs it. */
export interface RegistryContext extends VersionSettings {
  /** The permissions of all drivers. */
  grants: DriverGrants;
  /** All that use drivers. */
  users(): DriverUser[];
  /** Called when a driver, or the reason why a file has none, has changed. */
  changed(): void;
}

/** All drivers by device type, and the files that failed to load as one. */
export class Registry {
  readonly #context: RegistryContext;
  readonly #registered = new Map<string, DriverSource>();
  readonly #folders = new Map<string, DriverFolder>();
  readonly #packages: PackageDrivers;

  constructor(context: RegistryContext) {
    this.#context = context;
    this.#packages = new PackageDrivers({
      python: context.python,
      isTaken: (name) => this.find(name) !== undefined,
      isUsed: (driver) => context.users().some(({ plan }) => plan.source === driver),
      add: (driver) => this.register(driver),
      remove: ({ description }) => this.#registered.delete(description.name),
    });
  }

  /**
   * The name of the driver that a new device asks for; a class of a Python package is loaded for it.
   *
   * @throws {LabError} as {@linkcode PackageDrivers.use} does.
   */
  use(type: string, params: Record<string, unknown>): Promise<{ name: string } & AsyncDisposable> {
    return this.#packages.use(type, params);
  }

  /**
   * Adds a driver under its name.
   *
   * @throws {LabError} `InvalidRequest`, if another driver has that name.
   */
  register(source: DriverSource): void {
    const { name } = source.description;
    const other = this.find(name);
    if (other) throw nameTaken(name, fileOf(source), other.file);
    this.#registered.set(name, source);
  }

  /**
   * Loads a YAML driver that stands in a part of a file.
   *
   * @throws {LabError} `DriverError`, if it is no valid driver; `InvalidRequest`, if another driver has its name.
   */
  async loadPart(file: URL, text: string): Promise<void> {
    await this.#registerLoaded(
      await DriverVersion.load(file, SourceFiles.ofPart(file, text), undefined, this.#context),
    );
  }

  /**
   * Loads a class of a Python package as a driver.
   *
   * @param name The class, as of `isPackage`. Behind a `?` may stand settings of its adapter.
   * @throws {LabError} `DriverError`, if it cannot be used as one; `InvalidRequest`, if another driver has its name.
   */
  async loadPackage(name: string): Promise<void> {
    const sources = SourceFiles.ofPackage(name);
    await this.#registerLoaded(await DriverVersion.load(sources.file, sources, undefined, this.#context));
  }

  async #registerLoaded(driver: DriverVersion): Promise<void> {
    try {
      this.register(driver);
    } catch (error) {
      await driver.close();
      throw error;
    }
  }

  /**
   * Loads every driver file of a folder; of a folder that was loaded before, the files that have changed. A file that
   * fails is listed with its error; the others load all the same.
   *
   * @throws {LabError} `NotFound`, if there is no such folder; `InvalidRequest`, if drivers cannot run there.
   */
  async loadFolder(url: URL, { watch = false, patience }: LoadDriversOptions = {}): Promise<void> {
    assertRunnable(url);
    const folder = this.#folders.get(url.href) ?? new DriverFolder(
      url,
      { users: () => this.#context.users(), find: (type) => this.find(type) },
      () => this.#changed(),
      this.#context,
    );
    this.#folders.set(url.href, folder);
    await folder.scan({ patience });
    if (watch) folder.watch();
  }

  /** To be called when a user is removed: a driver that was kept for it alone is then dropped. */
  async userRemoved(): Promise<void> {
    for (const folder of this.#folders.values()) folder.userRemoved();
    await this.#packages.closeUnused();
  }

  /** Makes a user that waits for its driver, if that is there. */
  async retry(user: DriverUser): Promise<void> {
    await retryFailed(user, (type, attempt) => this.get(type, attempt));
  }

  /** The driver of this name. */
  find(type: string): FoundDriver | undefined {
    const source = this.#registered.get(type);
    if (source) return { source, file: fileOf(source) };
    const file = this.#files().find(({ driver }) => driver?.description.name === type);
    return file && { source: file.driver!, file: file.file };
  }

  /**
   * The driver of a device type.
   *
   * @throws {LabError} `DeviceTypeNotFound`, with the known types and the files that failed to load, or because some files
   * still load: then `context.loading` is true.
   */
  get(type: string, attempt: string): DriverSource {
    const found = this.find(type);
    if (found) return found.source;
    const all = this.list();
    const refused = all.find(({ status, name, error }) => status === "failed" && name === type && error);
    if (refused) {
      const { message, context } = refused.error!;
      throw new LabError("DeviceTypeNotFound", `${attempt}: ${message}`, {
        context: { ...context, device_type: type },
      });
    }
    const asked = shortened(type);
    throw new LabError("DeviceTypeNotFound", `${attempt}: there is no device type "${asked}"${whyNoDriver(all)}`, {
      context: { device_type: asked, ...mayCome(all) && { loading: true } },
    });
  }

  /** Every driver, and every file that failed to load. */
  list(): DriverStatus[] {
    const registered = Array.from(this.#registered.values(), (source): DriverStatus => ({
      ...source.description,
      ...(source instanceof DriverVersion && this.#granted(source.description)),
      sandbox: source instanceof DriverVersion ? source.sandbox : "none: it runs in the daemon's process",
      file: fileOf(source),
      status: "loaded",
    }));
    const files = this.#files().map(({ file, name, driver, error }): DriverStatus => ({
      name: name ?? null,
      ...driver?.description,
      ...(driver && { ...this.#granted(driver.description), sandbox: driver.sandbox }),
      file,
      status: driver ? "loaded" : "failed",
      ...(error && { error: error.toJSON() }),
    }));
    return [...registered, ...files];
  }

  /** The reasons why watched folders cannot be read now. */
  folderErrors(): LabError[] {
    return [...this.#folders.values()].flatMap(({ error }) => error ?? []);
  }

  /** Stops watching, and closes all drivers. */
  async close(): Promise<void> {
    const all = [...this.#registered.values(), ...this.#folders.values()];
    await Promise.all([...all.map((it) => it.close()), this.#context.descriptions?.close()]);
  }

  #granted({ name, permissions: asked }: DriverDescription) {
    if (!asked) return { permissions_granted: null, permissions_missing: null };
    const { granted, missing } = grantTo(name, asked, this.#context.grants);
    return { permissions_granted: granted, permissions_missing: missing };
  }

  #files() {
    return [...this.#folders.values()].flatMap(({ files }) => files);
  }

  async #changed(): Promise<void> {
    for (const user of this.#context.users()) await this.retry(user);
    this.#context.changed();
  }
}

/** The file in which a registered driver stands; `null` for a class of a script. */
function fileOf(source: DriverSource): string | null {
  return source instanceof DriverVersion ? fileName(source.file) : null;
}
