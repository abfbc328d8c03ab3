/**
 * LabDaemon without a server: devices of one bench, owned by a script.
 *
 * @module
 */
import { type AddDeviceOptions, LabDaemon as Daemon } from "./daemon.ts";
import type { Callback } from "./device/consumers.ts";
import type { Device as SupervisedDevice, EventsOptions } from "./device/device.ts";
import type * as errors from "./errors.ts";
import type * as permissions from "./host/permissions.ts";
import type * as classes from "./registry/driver_from_class.ts";
import type * as registry from "./registry/registry.ts";
import type * as device from "./wire/device.ts";
import type * as driver from "./wire/driver.ts";
import type * as report from "./wire/error_report.ts";
import type * as events from "./wire/events.ts";

export { LabError } from "./errors.ts";
export { defineDriver, every, fromCallback, Lost } from "./driver/mod.ts";
export type { AddDeviceOptions, Callback };

/**
 * One instrument under an id, as {@linkcode LabDaemon.addDevice} makes it.
 *
 * @example Read events until there is enough
 * ```ts
 * import { type Device, LabDaemon } from "labdaemon";
 *
 * class Counter {
 *   #n = 0;
 *   read = () => this.#n++;
 *   add = (count: number) => this.#n += count;
 * }
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Counter } });
 * const counter: Device = await daemon.addDevice("counter1", "Counter");
 * await counter.connect();
 * for await (const event of counter.events({ options: { sample_rate: 100 } })) {
 *   if (event.event === "device_data" && event.payload === 2) break;
 * }
 * console.assert(counter.status().stream.sequence >= 3);
 * ```
 */
export interface Device extends
  Pick<
    SupervisedDevice,
    | "id"
    | "type"
    | "options"
    | "methods"
    | "state"
    | "lastError"
    | "clearError"
    | "status"
    | "connect"
    | "disconnect"
    | "disable"
    | "enable"
    | "call"
    | "startStreaming"
    | "stopStreaming"
    | "isStreaming"
  > {
  /**
   * The device's events from now on, or behind the id `since`, until the signal aborts. The device streams while they are
   * read, unless it is `manual`. Samples come as a {@linkcode Callback} gets them.
   */
  events(
    options?: Pick<EventsOptions, "since" | "signal" | "options">,
  ): AsyncGenerator<StreamEvent, void, undefined>;
}

/**
 * All devices of one bench, owned by a script.
 *
 * @example Collect from a class of one's own
 * ```ts
 * import { LabDaemon } from "labdaemon";
 *
 * class Counter {
 *   #timer?: ReturnType<typeof setInterval>;
 *   startStreaming(callback: (data: number) => void) {
 *     let n = 0;
 *     this.#timer = setInterval(() => callback(n++), 1);
 *   }
 *   stopStreaming() {
 *     clearInterval(this.#timer);
 *   }
 *   isStreaming = () => this.#timer !== undefined;
 * }
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Counter } });
 * const counter = await daemon.addDevice("counter1", "Counter");
 * await daemon.connectDevice(counter);
 * const first = Promise.withResolvers<unknown>();
 * await daemon.startStreaming(counter, first.resolve);
 * console.assert(await first.promise === 0);
 * ```
 */
export interface LabDaemon
  extends AsyncDisposable, Pick<Daemon, "epoch" | "registerPlugins" | "loadDrivers" | "drivers" | "shutdown"> {
  /**
   * Makes a device. It is disconnected.
   *
   * @throws {LabError} `DeviceExists`, `DeviceTypeNotFound`, or `InvalidRequest` for params or options that do not fit.
   */
  addDevice(
    id: string,
    type: string,
    params?: Record<string, unknown>,
    options?: AddDeviceOptions,
  ): Promise<Device>;
  /** @throws {LabError} `DeviceNotFound`; its message lists the known devices. */
  getDevice(id: string): Device;
  /** All devices, in the order in which they were added. */
  devices(): Device[];
  /** Connects a device. See {@linkcode Device.connect}. */
  connectDevice(device: Device | string): Promise<void>;
  /** Disconnects a device. See {@linkcode Device.disconnect}. */
  disconnectDevice(device: Device | string): Promise<void>;
  /** Starts streaming to a callback. See {@linkcode Device.startStreaming}. */
  startStreaming(device: Device | string, callback?: Callback, options?: Record<string, unknown>): Promise<void>;
  /** Stops streaming. See {@linkcode Device.stopStreaming}. */
  stopStreaming(device: Device | string, timeoutMs?: number): Promise<void>;
  /** Stops, disconnects and removes a device. Its numbering continues if a device of that id is added again. */
  removeDevice(device: Device | string): Promise<void>;
}

/** Makes a daemon for a script: its callbacks get typed arrays bit by bit, also from a driver's own process. */
export const LabDaemon: new () => LabDaemon = class extends Daemon {
  constructor() {
    super({ arrays: "base64" });
  }
};

/**
 * A class whose objects are devices. Any of a driver's functions may be missing; its other methods can be called.
 *
 * @example
 * ```ts
 * import { type DeviceClass, LabDaemon } from "labdaemon";
 *
 * const Lamp: DeviceClass = class {
 *   brightness = 0;
 *   dim = (brightness: number) => this.brightness = brightness;
 *   look() {
 *     return this.brightness;
 *   }
 * };
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp } });
 * const lamp = await daemon.addDevice("lamp1", "Lamp");
 * await lamp.connect();
 * console.assert(await lamp.call("look") === 0);
 * ```
 */
export type DeviceClass = classes.DeviceClass;

/**
 * The state of a device.
 *
 * @example
 * ```ts
 * import { type DeviceState, LabDaemon } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp: class {} } });
 * const lamp = await daemon.addDevice("lamp1", "Lamp");
 * await lamp.connect();
 * const state: DeviceState = lamp.state;
 * console.assert(state === "connected");
 * ```
 */
export type DeviceState = device.DeviceState;

/**
 * A device as data, as `GET /devices/{id}` answers it.
 *
 * @example
 * ```ts
 * import { type DeviceStatus, LabDaemon } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp: class {} } });
 * const status: DeviceStatus = (await daemon.addDevice("lamp1", "Lamp", { color: "red" })).status();
 * console.assert(status.params.color === "red" && status.last_error === null);
 * ```
 */
export type DeviceStatus = device.DeviceStatus;

/**
 * The options of loading a folder of drivers.
 *
 * @example
 * ```ts
 * import { LabDaemon, type LoadDriversOptions } from "labdaemon";
 *
 * const options: LoadDriversOptions = { watch: true };
 * const folder = await Deno.makeTempDir();
 * await using daemon = new LabDaemon();
 * await daemon.loadDrivers(folder, options);
 * ```
 */
export type LoadDriversOptions = registry.LoadDriversOptions;

/**
 * A driver as data, as `GET /drivers` answers it; or the error of a file that could not be loaded.
 *
 * @example
 * ```ts
 * import { type DriverStatus, LabDaemon } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp: class {} } });
 * const drivers: DriverStatus[] = daemon.drivers();
 * console.assert(drivers[0].name === "Lamp" && drivers[0].status === "loaded");
 * ```
 */
export type DriverStatus = driver.DriverStatus;

/**
 * The permissions of a driver's process, by their kinds: `true` for all, or a list.
 *
 * @example
 * ```ts
 * import type { Permissions } from "labdaemon";
 *
 * const permissions: Permissions = { net: ["192.168.1.20:5025"] };
 * console.assert(permissions.read === undefined);
 * ```
 */
export type Permissions = driver.Permissions;

/**
 * The changes that the owner of a bench makes to the permissions that a driver asks for.
 *
 * @example
 * ```ts
 * import { type AddDeviceOptions, type PermissionGrants } from "labdaemon";
 *
 * const permissions: PermissionGrants = { add: { read: ["/sys/class/hwmon"] } };
 * const options: AddDeviceOptions = { permissions };
 * console.assert(options.permissions === permissions);
 * ```
 */
export type PermissionGrants = permissions.PermissionGrants;

/**
 * The code of a `LabError`: the error types of the HTTP contract.
 *
 * @example
 * ```ts
 * import { LabDaemon, LabError, type LabErrorCode } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * let code: LabErrorCode | undefined;
 * try {
 *   daemon.getDevice("daq9");
 * } catch (error) {
 *   if (error instanceof LabError) code = error.code;
 * }
 * console.assert(code === "DeviceNotFound");
 * ```
 */
export type LabErrorCode = errors.LabErrorCode;

/**
 * An error as data, as `LabError.toJSON()` returns it and events carry it.
 *
 * @example
 * ```ts
 * import { type ErrorReport, LabError } from "labdaemon";
 *
 * const report: ErrorReport = new LabError("DriverError", "no answer", { type: "CableError" }).toJSON();
 * console.assert(report.type === "CableError" && report.origin === "device");
 * ```
 */
export type ErrorReport = report.ErrorReport;

/**
 * The source of a device's failure: the instrument, the driver, or the daemon.
 *
 * @example
 * ```ts
 * import { type FailureSource, LabDaemon } from "labdaemon";
 *
 * class Laser {
 *   connect() {
 *     throw new Error("no answer");
 *   }
 * }
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Laser } });
 * const laser = await daemon.addDevice("laser1", "Laser");
 * await laser.connect().catch(() => {});
 * const source: FailureSource | undefined = laser.status().last_error?.failure_source;
 * console.assert(source === "instrument");
 * ```
 */
export type FailureSource = report.FailureSource;

/**
 * One fault in a request, in `context.issues` of an `InvalidRequest`.
 *
 * @example
 * ```ts
 * import { type Issue, LabDaemon, LabError } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * const error: LabError = await daemon.addDevice("a/b", "Lamp").catch((error) => error);
 * const [issue] = error.context.issues as Issue[];
 * console.assert(issue.path === "device_id");
 * ```
 */
export type Issue = report.Issue;

/**
 * An event of a device: `device_data`, `device_state`, `gap` or `stream_error`.
 *
 * @example
 * ```ts
 * import { LabDaemon, type StreamEvent } from "labdaemon";
 *
 * class Counter {
 *   #n = 0;
 *   read = () => this.#n++;
 * }
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Counter } });
 * const counter = await daemon.addDevice("counter1", "Counter");
 * await counter.connect();
 * const first = Promise.withResolvers<StreamEvent>();
 * await counter.startStreaming((_, event) => first.resolve(event));
 * const event = await first.promise;
 * console.assert(event.event === "device_data" && event.sequence === 0);
 * ```
 */
export type StreamEvent = events.StreamEvent;
