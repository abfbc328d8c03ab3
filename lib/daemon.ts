import { type LoadDriversOptions, Registry } from "./registry/registry.ts";
import type { DriverStatus, JsonSchema } from "./wire/driver.ts";
import type { Callback } from "./device/consumers.ts";
import { FailedDriver } from "./registry/failed_driver.ts";
import { InlineDriver } from "./registry/inline_driver.ts";
import { Calls } from "./device/calls.ts";
import { Device } from "./device/device.ts";
import type { DeviceState } from "./wire/device.ts";
import { DriverConsole } from "./device/supervisor/driver_console.ts";
import { ProcessGroups } from "./registry/process_group.ts";
import { DeviceTable } from "./device/device_table.ts";
import { type DriverGrants, type Plan, planDevice, type PlanInput } from "./registry/plan.ts";
import type { SomeSettings } from "./device/supervisor/policy.ts";
import { type DeviceClass, driverFromClass } from "./registry/driver_from_class.ts";
import { folderUrl } from "./registry/list_driver_files.ts";
import { type Driver, isDriver } from "./driver/mod.ts";
import type { ConsoleLevel } from "./host/console_line.ts";
import type { PermissionGrants } from "./host/grants.ts";
import { asLabError, LabError, listed, shortened } from "./errors.ts";
import { Restore } from "./snapshot/restore.ts";
import { takeSnapshot } from "./snapshot/snapshot.ts";
import type { RestoreAnswer, RestoreRequest, Snapshot } from "./wire/snapshot.ts";
import { Numbering } from "./stream/numbering.ts";
import type { ArrayEncoding } from "./driver/mod.ts";

/**
 * The settings and permissions of a new device.
 *
 * @example A device that streams only after an explicit start, and may take its time to connect
 * ```ts
 * import { type AddDeviceOptions, LabDaemon } from "labdaemon";
 *
 * const options: AddDeviceOptions = { streaming: "manual", limits: { connectMs: 30_000 } };
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp: class {} } });
 * const lamp = await daemon.addDevice("lamp1", "Lamp", {}, options);
 * console.assert(lamp.state === "disconnected");
 * ```
 */
export interface AddDeviceOptions extends SomeSettings {
  /**
   * Added to, or removed from, the permissions that the driver is granted. They hold for this id as long as the daemon
   * runs: a device that is removed and added again without them has them too, `add` only with the same driver.
   */
  permissions?: PermissionGrants;
  /** A schema that marks params as `secret: true`, beside those that the driver's own schema marks. */
  secrets?: JsonSchema;
  /** The device is checked at once, and added when this has settled: devices that are checked side by side keep an order. */
  after?: Promise<unknown>;
  /**
   * The bus that the device is on: one of {@linkcode DaemonOptions.buses}. Its devices share a process, and get its params
   * as far as their drivers have such.
   */
  bus?: string;
  /** The process that the device shares with all others of this name, if it is on no bus. */
  process?: string;
}

/** The settings of a device that could not be made. */
export interface FailedDeviceOptions extends AddDeviceOptions {
  /**
   * True if the device is connected as soon as its driver can be used.
   *
   * @default {true}
   */
  connect?: boolean;
}

/** The options of {@linkcode LabDaemon.restore}. */
export interface RestoreOptions {
  /**
   * True to get the differences, and set nothing.
   *
   * @default {false}
   */
  dryRun?: boolean;
}

/** The options of a daemon. */
export interface DaemonOptions {
  /**
   * The encoding of typed arrays for devices without a setting of their own; `null`: the driver's.
   *
   * @default {null}
   */
  arrays?: ArrayEncoding | null;
  /**
   * The most that the driver of a name gets, as far as it asks for it. A driver without a line here gets `net` to named
   * hosts with ports, `read` of named paths, and serial ports. Drivers that a script registers run in its process, with its permissions.
   *
   * @default {{}}
   */
  grants?: DriverGrants;
  /**
   * The buses, by their names: the params that each gives to its devices.
   *
   * @default {{}}
   */
  buses?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * The limit of devices at a time.
   *
   * @default {500}
   */
  maxDevices?: number;
}

/** The default limit of devices: each has a process and a ring of its own. */
export const DEFAULT_MAX_DEVICES = 500;

/** Called when the bench changes. */
export interface BenchListener {
  added?(device: Device): void;
  removed?(device: Device): void;
  /** A driver was loaded, reloaded or removed, or the error of its file has changed. */
  drivers?(): void;
}

/** All devices of one bench. The same with and without a server. */
export class LabDaemon implements AsyncDisposable {
  /** Identifies this run of the daemon: sequence numbers of different epochs cannot be compared. */
  readonly epoch: string = newEpoch();
  readonly #devices: DeviceTable;
  /** The numbering of its devices, the removed ones included. */
  readonly numbering: Numbering = new Numbering(this.epoch);
  /** The calls of methods that run, and those that ended a short time ago. */
  readonly calls: Calls = new Calls();
  /** The permissions that were given with a device's id, and the device type that they were given for. */
  readonly #permissions = new Map<string, { type: string; grants: PermissionGrants }>();
  readonly #listeners = new Set<BenchListener>();
  readonly #arrays: ArrayEncoding | null;
  readonly #grants: DriverGrants;
  readonly #buses: Required<DaemonOptions>["buses"];
  readonly #groups: ProcessGroups = new ProcessGroups(() => this.devices(), (name) => consoleOf(name));
  readonly #registry: Registry = new Registry({
    grants: () => this.#grants,
    users: () => this.devices(),
    changed: () => {
      for (const { drivers } of this.#listeners) drivers?.();
    },
  });

  constructor({ arrays = null, grants = {}, buses = {}, maxDevices = DEFAULT_MAX_DEVICES }: DaemonOptions = {}) {
    this.#arrays = arrays;
    this.#grants = grants;
    this.#buses = buses;
    this.#devices = new DeviceTable(maxDevices);
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
   * Loads a driver from YAML that stands in a part of a file, as one device of a bench file has it.
   *
   * @param file The file, for messages.
   * @throws {LabError} `DriverError`, if it is no valid driver; `InvalidRequest`, if another driver has its name.
   */
  async loadYamlDriver(text: string, file: URL): Promise<void> {
    await this.#registry.loadPart(file, text);
  }

  /** Every driver, and every file that failed to load. */
  drivers(): DriverStatus[] {
    return this.#registry.list();
  }

  /**
   * Makes a device. It is disconnected.
   *
   * @throws {LabError} `DeviceExists`, `DeviceTypeNotFound`, or `InvalidRequest` for params or options that do not fit, or
   * `Unavailable`, if there are too many devices.
   */
  async addDevice(
    id: string,
    type: string,
    params: Record<string, unknown> = {},
    { permissions, secrets, bus, process, after, ...settings }: AddDeviceOptions = {},
  ): Promise<Device> {
    using _reserved = this.#devices.reserve(id);
    const attempt = `Cannot add device "${id}"`;
    const input = this.#planInput(id, type, params, { permissions, secrets, bus, process, ...settings });
    for (;;) {
      const source = this.#registry.get(type, attempt);
      const plan = await planDevice(source, input, attempt);
      await after?.catch(() => {});
      // The driver may have been reloaded meanwhile.
      if (this.#registry.get(type, attempt) === source) return this.#add(id, plan, settings);
    }
  }

  /**
   * Adds a device that could not be made: it is faulted, with the error. It is made as soon as a driver is loaded that
   * fits it.
   */
  addFailedDevice(
    id: string,
    type: string,
    params: Record<string, unknown>,
    error: LabError,
    { permissions, secrets, bus, process, connect, ...settings }: FailedDeviceOptions = {},
  ): Device {
    const driver = new FailedDriver(type, error, { connect });
    const device = this.#add(
      id,
      driver.plan(this.#planInput(id, type, params, { permissions, secrets, bus, process, ...settings })),
      settings,
    );
    device.connect().catch(() => {});
    return device;
  }

  #planInput(
    id: string,
    type: string,
    params: Record<string, unknown>,
    { permissions, secrets, options, bus, process }: AddDeviceOptions,
  ): PlanInput {
    const place = { groups: this.#groups, process, ...bus !== undefined && { bus: this.#bus(id, bus) } };
    if (permissions) this.#permissions.set(id, { type, grants: permissions });
    const given = this.#permissions.get(id);
    const grants = given?.type === type ? given.grants : { only: given?.grants.only };
    return { params, secrets, options, grants, driverGrants: this.#grants, place };
  }

  /** @throws {LabError} `InvalidRequest`, if there is no such bus. */
  #bus(id: string, name: string) {
    if (Object.hasOwn(this.#buses, name)) return { name, params: this.#buses[name] };
    const message = `Cannot add device "${id}": there is no bus "${shortened(name)}"; known buses are ${
      listed(Object.keys(this.#buses))
    }`;
    throw new LabError("InvalidRequest", message);
  }

  #add(id: string, plan: Plan, settings: SomeSettings): Device {
    const sequence = this.numbering.add(id);
    const device = new Device({ id, plan, epoch: this.epoch, sequence, calls: this.calls }, {
      ...settings,
      arrays: settings.arrays ?? this.#arrays,
    });
    this.#devices.add(device);
    for (const { added } of this.#listeners) added?.(device);
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

  /** Connects a device. See {@linkcode Device.connect}. */
  async connectDevice(device: Device | string): Promise<void> {
    await this.#device(device).connect();
  }

  /** Disconnects a device. See {@linkcode Device.disconnect}. */
  async disconnectDevice(device: Device | string): Promise<void> {
    await this.#device(device).disconnect();
  }

  /** Starts streaming to a callback. See {@linkcode Device.startStreaming}. */
  async startStreaming(
    device: Device | string,
    callback?: Callback,
    options?: Record<string, unknown>,
  ): Promise<void> {
    await this.#device(device).startStreaming(callback, options);
  }

  /** Stops streaming. See {@linkcode Device.stopStreaming}. */
  async stopStreaming(device: Device | string, timeoutMs?: number): Promise<void> {
    await this.#device(device).stopStreaming(timeoutMs);
  }

  /**
   * Stops, disconnects and removes a device, and notifies its readers. Its numbering continues if a device of that id is
   * added again.
   */
  async removeDevice(device: Device | string): Promise<void> {
    await this.#remove(this.#device(device), { notify: true });
  }

  async #remove(device: Device, options: { notify: boolean }): Promise<void> {
    await device.remove(options);
    if (!this.#devices.delete(device)) return;
    this.numbering.remove(device.id, device.log.sequence);
    this.#registry.userRemoved();
    for (const { removed } of this.#listeners) removed?.(device);
  }

  /**
   * The state of all devices: their drivers, params, options, and the values of their properties, which are read from the
   * instruments. What cannot be read is listed as missing.
   */
  snapshot(): Promise<Snapshot> {
    return takeSnapshot(this.devices());
  }

  /**
   * Restores the properties of a snapshot, or of a part of one: sets only those that differ, device by device as listed,
   * those of a device in the order in which its driver declares them. What cannot be restored is skipped, with the reason.
   * Params and options stay as they are.
   */
  async restore(
    { devices }: Pick<RestoreRequest, "devices">,
    { dryRun = false }: RestoreOptions = {},
  ): Promise<RestoreAnswer> {
    return await new Restore((id) => this.getDevice(id), dryRun).run(devices);
  }

  /** Notifies `listener` until the returned function is called. */
  listen(listener: BenchListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Brings every device whose driver has a safe function into its safe state, all at the same time. See
   * {@linkcode Device.makeSafe}.
   *
   * @returns the outcome for each device, in the order in which they were added. Never rejects.
   */
  async makeSafe(reason: string): Promise<SafeOutcome[]> {
    return await Promise.all(this.devices().map((device) => safeOutcome(device, reason)));
  }

  /** Stops, disconnects and removes all devices, and ends all processes. Idempotent. */
  async shutdown(): Promise<void> {
    // First: a device that is being removed must not be reloaded.
    await this.#registry.close();
    const connected = this.devices().filter(({ safeOnShutdown, state }) => safeOnShutdown && isConnected(state));
    // A failure is in the log. The rest of the bench ends nevertheless.
    await Promise.allSettled(connected.map((device) => device.makeSafe("the daemon ends")));
    await Promise.all(this.devices().map((device) => this.#remove(device, { notify: false })));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #device(device: Device | string): Device {
    return typeof device === "string" ? this.getDevice(device) : device;
  }
}

function isConnected(state: DeviceState): boolean {
  return state === "connected" || state === "streaming";
}

/** What became of a device that was to be made safe: without an error, it is. */
export interface SafeOutcome {
  device: Device;
  error?: LabError;
}

/** Makes one device safe. Never rejects. */
export async function safeOutcome(device: Device, reason: string): Promise<SafeOutcome> {
  try {
    await device.makeSafe(reason);
    return { device };
  } catch (thrown) {
    return { device, error: asLabError(thrown, "InternalError") };
  }
}

/** The log of the lines that a process of several devices prints outside of them. */
function consoleOf(name: string) {
  const console = new DriverConsole(name);
  return {
    print: (line: string, level?: ConsoleLevel) => console.print(line, level),
    dropped: (lines: number, bytes: number) => console.drop(lines, bytes),
  };
}

/** 50 random bits in base 32: a clock that was set back does not repeat an epoch. */
function newEpoch(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte % 32).toString(32)).join("");
}
