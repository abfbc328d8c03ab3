/**
 * LabDaemon without a server: devices of one bench, owned by a script.
 *
 * @module
 */
import { LabDaemon as Daemon } from "./daemon.ts";
import type { AddDeviceOptions } from "./device/planner.ts";
import type { RestoreOptions } from "./snapshot/restore.ts";
import type { Callback } from "./device/callback.ts";
import type { LabError as LabErrorType } from "./errors.ts";
import type { CallOptions } from "./device/method_call.ts";
import type { EventsOptions } from "./device/consumers.ts";
import type { Device as SupervisedDevice } from "./device/device.ts";
import type { RestoreAnswer, RestoreRequest, Snapshot } from "./wire/snapshot.ts";
import type { StreamEvent } from "./wire/events.ts";

export { LabError, type LabErrorCode } from "./errors.ts";
export { defineDriver, every, fromCallback, Lost } from "./driver/mod.ts";
export type { PermissionGrants } from "./host/grants.ts";
export type { DeviceClass } from "./registry/driver_from_class.ts";
export type { LoadDriversOptions } from "./registry/driver_folder.ts";
export type { PythonSetting, PythonSettings } from "./registry/python_program.ts";
export type { DeviceState, DeviceStatus } from "./wire/device.ts";
export type { DriverStatus, Permissions } from "./wire/driver.ts";
export type { ErrorReport, FailureSource, Issue } from "./wire/error_report.ts";
export type { AddDeviceOptions, Callback, CallOptions, RestoreAnswer, Snapshot, StreamEvent };

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
 *
 * @example Set a property, and get what the instrument says then
 * ```ts
 * import { defineDriver, LabDaemon } from "labdaemon";
 * import { z } from "zod";
 *
 * const Supply = defineDriver({
 *   name: "Supply",
 *   create: () => ({ volts: 0 }),
 *   properties: {
 *     voltage: {
 *       schema: z.number().min(0).max(30).meta({ unit: "V" }),
 *       get: (supply) => supply.volts,
 *       set: (supply, volts) => supply.volts = Math.round(volts),
 *     },
 *   },
 * });
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Supply } });
 * const supply = await daemon.addDevice("psu1", "Supply");
 * await supply.connect();
 * console.assert(await supply.setProperty("voltage", 4.7) === 5);
 * console.assert(await supply.getProperty("voltage") === 5);
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
    | "makeSafe"
    | "getProperty"
    | "setProperty"
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
  /**
   * Brings every device whose driver has a safe function into its safe state, all at the same time. See
   * {@linkcode Device.makeSafe}.
   *
   * @returns the outcome for each device; without an error, it is safe. Never rejects.
   */
  makeSafe(reason: string): Promise<{ device: Device; error?: LabErrorType }[]>;
  /** The state of all devices: their drivers, params, options, and the values of their properties. */
  snapshot(): Promise<Snapshot>;
  /**
   * Sets the properties of a snapshot that differ, device by device as listed, those of a device in the order in which its
   * driver declares them. With `dryRun`, it sets nothing.
   *
   * @returns the changes, and what was skipped, with the reasons.
   */
  restore(snapshot: Pick<RestoreRequest, "devices">, options?: RestoreOptions): Promise<RestoreAnswer>;
  /** Stops, disconnects and removes a device. Its numbering continues if a device of that id is added again. */
  removeDevice(device: Device | string): Promise<void>;
}

/** Makes a daemon for a script: its callbacks get typed arrays bit by bit, also from a driver's own process. */
export const LabDaemon: new () => LabDaemon = class extends Daemon {
  constructor() {
    super({ arrays: "base64" });
  }

  async connectDevice(device: Device | string): Promise<void> {
    await this.#device(device).connect();
  }

  async disconnectDevice(device: Device | string): Promise<void> {
    await this.#device(device).disconnect();
  }

  async startStreaming(device: Device | string, callback?: Callback, options?: Record<string, unknown>): Promise<void> {
    await this.#device(device).startStreaming(callback, options);
  }

  async stopStreaming(device: Device | string, timeoutMs?: number): Promise<void> {
    await this.#device(device).stopStreaming(timeoutMs);
  }

  #device(device: Device | string): Device {
    return typeof device === "string" ? this.getDevice(device) : device;
  }
};
