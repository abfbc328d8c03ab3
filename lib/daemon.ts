import { Calls } from "./device/calls.ts";
import type { CommandOrigin } from "./device/commands.ts";
import { Device } from "./device/device.ts";
import { type BenchListener, DEFAULT_MAX_DEVICES, DeviceTable } from "./device/device_table.ts";
import { type AddDeviceOptions, type FailedDeviceOptions, Planner, type PlannerOptions } from "./device/planner.ts";
import { makeSafeBeforeEnd, type SafeOutcome, safeOutcome } from "./device/safe_outcome.ts";
import type { SomeSettings } from "./device/supervisor/settings.ts";
import { type ArrayEncoding, type Driver, isDriver } from "./driver/mod.ts";
import type { LabError } from "./errors.ts";
import { type DeviceClass, driverFromClass } from "./registry/driver_from_class.ts";
import { InlineDriver } from "./registry/inline_driver.ts";
import { folderUrl } from "./registry/files/list_driver_files.ts";
import type { Plan } from "./registry/plan.ts";
import type { PythonSettings } from "./registry/python_program.ts";
import type { LoadDriversOptions } from "./registry/driver_folder.ts";
import { DescriptionCache, type DescriptionStore } from "./registry/description_cache.ts";
import { Registry } from "./registry/registry.ts";
import { Restore, type RestoreOptions } from "./snapshot/restore.ts";
import { takeSnapshot } from "./snapshot/snapshot.ts";
import { newEpoch, Numbering } from "./stream/numbering.ts";
import type { DriverStatus } from "./wire/driver.ts";
import type { RestoreAnswer, RestoreRequest, Snapshot } from "./wire/snapshot.ts";

/** The options of a daemon. */
export interface DaemonOptions extends PlannerOptions {
  /**
   * The encoding of typed arrays for devices without a setting of their own; `null`: the driver's.
   *
   * @default {null}
   */
  arrays?: ArrayEncoding | null;
  /**
   * The limit of devices at a time.
   *
   * @default {500}
   */
  maxDevices?: number;
  /** The interpreters of drivers in Python, and how their processes are limited. */
  python?: PythonSettings;
  /**
   * Where the descriptions of drivers are kept: a driver that has not changed since then needs no process to describe it.
   * Without it, each driver is described at each start.
   */
  descriptions?: DescriptionStore;
}

/** All devices of one bench. The same with and without a server. */
export class LabDaemon implements AsyncDisposable {
  /** Identifies this run of the daemon: sequence numbers of different epochs cannot be compared. */
  readonly epoch: string = newEpoch();
  readonly #devices: DeviceTable;
  /** The numbering of the bench's devices, removed ones included. */
  readonly numbering: Numbering = new Numbering(this.epoch);
  /** The method calls of all devices: the running ones, and those that have ended a short time ago. */
  readonly calls: Calls = new Calls();
  readonly #arrays: ArrayEncoding | null;
  readonly #planner: Planner;
  readonly #registry: Registry;

  constructor(
    { arrays = null, grants = {}, buses = {}, recordings, maxDevices = DEFAULT_MAX_DEVICES, python, descriptions }:
      DaemonOptions = {},
  ) {
    this.#arrays = arrays;
    this.#devices = new DeviceTable(maxDevices);
    this.#registry = new Registry({
      grants,
      python,
      descriptions: descriptions && new DescriptionCache(descriptions),
      users: () => this.devices(),
      changed: () => this.#devices.driversChanged(),
    });
    this.#planner = new Planner(this.#registry, { grants, buses, recordings }, () => this.devices());
  }

  /**
   * Registers classes, or drivers made by `defineDriver`, under the names of their device types. They run in this process.
   *
   * @throws {LabError} `InvalidRequest`, if a name is taken, or something is neither a class nor a driver.
   */
  registerPlugins({ devices }: { devices: Record<string, DeviceClass | Driver> }): void {
    for (const [name, plugin] of Object.entries(devices)) {
      const driver = isDriver(plugin) ? { ...plugin, name } : driverFromClass(name, plugin);
      this.#registry.register(new InlineDriver(driver));
    }
  }

  /**
   * Loads every driver file of a folder, each in a process of its own. Files that fail are listed in
   * {@linkcode drivers} with their errors.
   *
   * Of a folder that was loaded before, it loads what has changed: a file, or something beside it that it imports. Its
   * devices continue with the new version, all of them or none; their readers stay. Until then, devices that connect again
   * use the version that was loaded, also if the file was edited.
   *
   * @throws {LabError} `NotFound`, if there is no such folder.
   */
  async loadDrivers(folder: string | URL, options: LoadDriversOptions = {}): Promise<void> {
    await this.#registry.loadFolder(folderUrl(folder), options);
  }

  /**
   * Loads a driver from YAML text, such as the keys of one device in a bench file.
   *
   * @param file The file, for messages.
   * @throws {LabError} `DriverError`, if the text is not a valid driver; `InvalidRequest`, if another driver has its
   * name.
   */
  async loadYamlDriver(text: string, file: URL): Promise<void> {
    await this.#registry.loadPart(file, text);
  }

  /**
   * Loads a class of a Python package as a driver: `pymeasure:pymeasure.instruments.keithley.Keithley2400`, `qcodes:…` or
   * `python:…`. Its device type is the name of the class.
   *
   * @param name The class. Behind a `?` may stand, as in a URL, JSON with another `name` for the device type, and the `params`
   * with which an instrument of QCoDeS is described.
   * @throws {LabError} `DriverError`, if the class cannot be used as a driver, with the command that installs its
   * package if that is missing; `InvalidRequest`, if another driver has its name.
   */
  async loadPackageDriver(name: string): Promise<void> {
    await this.#registry.loadPackage(name);
  }

  /** Every driver, and every file that failed to load. */
  drivers(): DriverStatus[] {
    return this.#registry.list();
  }

  /** The reasons why folders of drivers that are watched cannot be read now. */
  folderErrors(): LabError[] {
    return this.#registry.folderErrors();
  }

  /**
   * Makes a device, which is disconnected at first.
   *
   * @param type The name of a driver, or a class of a Python package, in the form of {@linkcode loadPackageDriver}: the
   * class is loaded for its first device, and closed after its last.
   * @throws {LabError} `DeviceExists`, `DeviceTypeNotFound`, or `InvalidRequest` for params or options that do not fit, or
   * `Unavailable`, if there are too many devices; `DriverError` for a class that cannot be used.
   */
  async addDevice(
    id: string,
    type: string,
    params: Record<string, unknown> = {},
    options: AddDeviceOptions = {},
  ): Promise<Device> {
    using _reserved = this.#devices.reserve(id);
    await using driver = await this.#registry.use(type, params);
    for (;;) {
      const plan = await this.#planner.plan(id, driver.name, params, options);
      await options.after?.catch(() => {});
      // The driver may have been reloaded meanwhile.
      if (this.#planner.isCurrent(id, plan)) return this.#add(id, plan, options);
    }
  }

  /**
   * Adds a device that could not be made, as faulted, with the error. The device is made as soon as a driver that fits
   * it is loaded.
   */
  addFailedDevice(
    id: string,
    type: string,
    params: Record<string, unknown>,
    error: LabError,
    options: FailedDeviceOptions = {},
  ): Device {
    const device = this.#add(id, this.#planner.planFailed(id, type, params, error, options), options);
    device.connect().catch(() => {});
    // Its driver may have been loaded meanwhile.
    if (error.code === "DeviceTypeNotFound") this.#registry.retry(device).catch(() => {});
    return device;
  }

  #add(id: string, plan: Plan, settings: SomeSettings): Device {
    const parts = { id, plan, epoch: this.epoch, sequence: this.numbering.add(id), calls: this.calls };
    const device = new Device(parts, { ...settings, arrays: settings.arrays ?? this.#arrays });
    this.#devices.add(device);
    return device;
  }

  /** @throws {LabError} `DeviceNotFound`; its message lists the known devices. */
  getDevice(id: string): Device {
    return this.#devices.get(id);
  }

  /** All devices, in the order in which they were added. */
  devices(): Device[] {
    return this.#devices.all;
  }

  /**
   * Stops, disconnects and removes a device, and notifies its readers. Its numbering continues if a device of that id is
   * added again.
   */
  async removeDevice(device: Device | string): Promise<void> {
    await this.#remove(typeof device === "string" ? this.getDevice(device) : device, { notify: true });
  }

  async #remove(device: Device, options: { notify: boolean }): Promise<void> {
    await device.remove(options);
    if (!this.#devices.has(device)) return;
    this.numbering.remove(device.id, device.log.sequence);
    this.#devices.delete(device);
    await this.#registry.userRemoved();
  }

  /**
   * The state of all devices: their drivers, params and options, and the values of their properties, read from the
   * instruments. Values that cannot be read are listed as missing.
   */
  snapshot(isIncluded: (device: Device) => boolean = () => true): Promise<Snapshot> {
    return takeSnapshot(this.devices().filter(isIncluded));
  }

  /**
   * Restores the properties of a snapshot, or of a part of one. Sets only properties that differ, device by device in
   * the order of the list, and within a device in the order of declaration in its driver. A property that cannot be
   * restored is skipped, with the reason. Params and options stay as they are.
   */
  async restore(
    { devices }: Pick<RestoreRequest, "devices">,
    options: RestoreOptions & { origin?: CommandOrigin } = {},
  ): Promise<RestoreAnswer> {
    return await new Restore((id) => this.getDevice(id), options).run(devices);
  }

  /** Notifies `listener` until the returned function is called. */
  listen(listener: BenchListener): () => void {
    return this.#devices.listen(listener);
  }

  /**
   * Brings every device whose driver has a safe function into its safe state, all at the same time. See
   * {@linkcode Device.makeSafe}.
   *
   * @returns the outcome for each device, in the order in which they were added. Never rejects.
   */
  async makeSafe(reason: string, isIncluded: (device: Device) => boolean = () => true): Promise<SafeOutcome[]> {
    return await Promise.all(this.devices().filter(isIncluded).map((device) => safeOutcome(device, reason)));
  }

  /** Stops, disconnects and removes all devices, and ends all processes. Idempotent. */
  async shutdown(): Promise<void> {
    // First: a device that is being removed must not be reloaded.
    await this.#registry.close();
    await makeSafeBeforeEnd(this.devices());
    await Promise.all(this.devices().map((device) => this.#remove(device, { notify: false })));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}
