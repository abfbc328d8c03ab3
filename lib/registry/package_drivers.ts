import { DRIVER_NAME } from "../driver/define_driver.ts";
import { LabError } from "../errors.ts";
import { DriverVersion } from "./driver_version.ts";
import { isPackage } from "./files/list_imports.ts";
import type { PythonSettings } from "./python_program.ts";
import { SourceFiles } from "./files/source_files.ts";

/** The drivers of the bench, as far as drivers of packages need them. */
export interface PackageContext {
  python?: PythonSettings;
  /** True if a driver has this name. */
  isTaken(name: string): boolean;
  /** True if a device uses this driver. */
  isUsed(driver: DriverVersion): boolean;
  /** Adds a driver under its name. */
  add(driver: DriverVersion): void;
  remove(driver: DriverVersion): void;
}

/** A driver that is loaded, or loads. */
interface Entry {
  /** The device type of the driver. */
  name: string;
  driver: Promise<DriverVersion>;
  /** Set once the driver is loaded. */
  loaded?: DriverVersion;
  /** The devices that are being added with it. */
  adding: number;
}

/**
 * Classes of Python packages that new devices name as their types: each is loaded for its first device, and closed
 * after its last. Their permissions are granted as for other drivers. A class that nothing limits to them is refused.
 */
export class PackageDrivers {
  readonly #context: PackageContext;
  /** By the URLs of the classes, with the params that they were described with. */
  readonly #entries = new Map<string, Entry>();

  constructor(context: PackageContext) {
    this.#context = context;
  }

  /**
   * Resolves with the name of the driver of a device type. The driver of a class is loaded if it is not yet, and stays
   * loaded until the result is disposed, and as long as a device uses it.
   *
   * @param type The name of a driver, or a class, as of `isPackage`.
   * @param params The params of the device: what an instrument of QCoDeS has can depend on them.
   * @throws {LabError} `DriverError`, if the class cannot be used as a driver, or nothing limits it.
   */
  async use(type: string, params: Record<string, unknown>): Promise<{ name: string } & AsyncDisposable> {
    if (!isPackage(type)) return { name: type, [Symbol.asyncDispose]: () => Promise.resolve() };
    const described = type.startsWith("qcodes:") && Object.keys(params).length > 0 ? { params } : {};
    const key = `${type} ${JSON.stringify(described)}`;
    const entry = this.#entries.get(key) ?? this.#load(key, type, described);
    entry.adding++;
    try {
      entry.loaded = await entry.driver;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
    const release = () => {
      entry.adding--;
      return this.closeUnused();
    };
    return { name: entry.name, [Symbol.asyncDispose]: release };
  }

  /** Closes the drivers that no device uses. */
  async closeUnused(): Promise<void> {
    const closed: Promise<void>[] = [];
    for (const [key, { loaded, adding }] of this.#entries) {
      if (!loaded || adding > 0 || this.#context.isUsed(loaded)) continue;
      this.#entries.delete(key);
      this.#context.remove(loaded);
      closed.push(loaded.close());
    }
    await Promise.all(closed);
  }

  #load(key: string, type: string, described: { params?: Record<string, unknown> }): Entry {
    const name = this.#freeName(type);
    const sources = SourceFiles.ofPackage(`${type}?${encodeURIComponent(JSON.stringify({ ...described, name }))}`);
    const entry = { name, driver: this.#loaded(type, sources), adding: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  async #loaded(type: string, sources: SourceFiles): Promise<DriverVersion> {
    const driver = await DriverVersion.load(sources.file, sources, undefined, this.#context);
    try {
      this.#assertLimited(type, driver);
      this.#context.add(driver);
      return driver;
    } catch (error) {
      await driver.close();
      throw error;
    }
  }

  /** Refuses a class that nothing limits: a request can name any class, but only the owner adds driver files. */
  #assertLimited(type: string, { sandbox }: DriverVersion): void {
    const { drivers = {} } = this.#context.python ?? {};
    if (!/^(none|off)/.test(sandbox) || (Object.hasOwn(drivers, type) && drivers[type].sandbox === false)) return;
    const message =
      `Cannot load ${type}: nothing limits it to its permissions here (sandbox ${sandbox}). Name the device ` +
      `in the bench file, or write there python: { "${type}": { sandbox: off } }`;
    throw new LabError("DriverError", message, { type: "PermissionDenied", context: { sandbox } });
  }

  /** The class's name, with a number if another driver has that name: the grants of the other driver are not for this class. */
  #freeName(type: string): string {
    const own = type.slice(Math.max(type.lastIndexOf("."), type.indexOf(":")) + 1);
    const loading = new Set([...this.#entries.values()].map(({ name }) => name));
    const isFree = (name: string) => DRIVER_NAME.test(name) && !loading.has(name) && !this.#context.isTaken(name);
    for (let n = 1;; n++) {
      const name = n === 1 ? own : `${own}_${n}`;
      if (isFree(name)) return name;
    }
  }
}
