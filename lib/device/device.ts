import { getLogger } from "@logtape/logtape";
import { type DriverUser, missingGrantLine, type Plan } from "../registry/plan.ts";
import { EncodedJson } from "../stream/mod.ts";
import type { StreamEvent } from "../wire/events.ts";
import type { Callback } from "./callback.ts";
import { type Call, Calls } from "./calls.ts";
import type { CommandOrigin } from "./commands.ts";
import { Consumers, type EventsOptions, type ReaderOptions, type StartStreamingOptions } from "./consumers.ts";
import { DeviceData, type NewDevice } from "./device_data.ts";
import { type CallOptions, type MethodCall, startCall } from "./method_call.ts";
import { Properties } from "./properties.ts";
import type { SomeSettings } from "./supervisor/settings.ts";

const logger = getLogger(["labdaemon", "device"]);

/** One instrument under an id. Scripts, routes and readers use it through this class. */
export class Device extends DeviceData implements DriverUser {
  /** The device's properties: values that can be read and set. */
  readonly properties: Properties;
  readonly #consumers: Consumers;
  readonly #calls: Calls;

  constructor(device: NewDevice, settings: SomeSettings = {}) {
    super(device, settings);
    const { log, readers, supervisor } = this;
    this.#calls = device.calls ?? new Calls();
    this.#consumers = new Consumers(log, readers, this.settings.options, supervisor);
    this.properties = new Properties(log, supervisor, this.settings.limits, this.commands);
    this.#logMissing();
  }

  /**
   * Connects, and keeps connected from now on. Idempotent. A device that waits to try again tries at once, and a faulted
   * one gets a new restart budget.
   *
   * @param origin The one who asks, for a command of a lease.
   * @throws {LabError} if this attempt fails. The device keeps trying until {@linkcode disconnect}.
   */
  connect({ fence }: Pick<CommandOrigin, "fence"> = {}): Promise<void> {
    return this.supervisor.connect(fence);
  }

  /** Disconnects, and stops streaming. Idempotent. Returns when the driver's process is gone. */
  async disconnect(): Promise<void> {
    this.#consumers.endCallback();
    await this.supervisor.disconnect();
  }

  /**
   * Takes the device out of service: it is disconnected, and cannot be connected until it is enabled. Idempotent. With
   * `resume`, {@linkcode Device.enable} connects it again; by default, only if it is connected now.
   */
  async disable({ resume }: { resume?: boolean } = {}): Promise<void> {
    this.#consumers.endCallback();
    await this.supervisor.disable(resume);
  }

  /** Puts the device back into service, and connects it if it was connected before. Idempotent. */
  enable({ fence }: Pick<CommandOrigin, "fence"> = {}): void {
    this.supervisor.enable(fence);
  }

  /**
   * Disconnects for good: the streams end, and the device cannot be connected again. Its readers are notified, unless
   * `notify` is `false`: when the daemon ends they are not, as they may find the device again.
   */
  async remove({ notify = true }: { notify?: boolean } = {}): Promise<void> {
    this.#consumers.endCallback();
    await this.supervisor.remove(notify ? "the device was removed" : "the daemon ends");
    if (notify) this.supervisor.actual.enter("disconnected", { reason: "removed" });
    this.#consumers.endReaders();
  }

  /**
   * Continues with a new version of the driver, or with another driver. If the device is connected, its instrument is
   * closed and opened again, and it streams again if it did. Its readers stay and get one event.
   */
  replacePlan(plan: Plan): void {
    this.supervisor.replacePlan(plan);
    this.#logMissing();
  }

  #logMissing(): void {
    const line = missingGrantLine(this.plan);
    if (line === undefined) return;
    const warning = `"${this.id}": its driver asks for more than it was granted, and runs without that. ` +
      `If it should have it, add to the bench file: ${line}`;
    logger.warn("{warning}", { device_id: this.id, warning });
  }

  /**
   * Calls a method. Methods of one device run one at a time, in the order of the calls.
   *
   * @param args Positional arguments, for the keys of the method's input in their declared order.
   * @param kwargs Named arguments.
   * @throws {LabError} `DeviceNotConnected`, `DeviceFaulted`, `MethodNotFound`, `InvalidRequest`, `DeviceTimeout`,
   * `CommandExpired`, `CallCancelled`, or `DriverError` with the driver's error.
   */
  async call(
    method: string,
    args: unknown[] = [],
    kwargs: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    const result = await this.startCall({ method, args, kwargs }, options).answer;
    return result instanceof EncodedJson ? result.decode() : result;
  }

  /**
   * Calls a method without waiting for the result, which is an `EncodedJson` if it comes from a driver's process.
   * Throws a refusal at once.
   */
  startCall(call: MethodCall, options: CallOptions & { origin?: CommandOrigin } = {}): Call {
    const { id, log, callCounts, commands } = this;
    const parts = { id, log, callCounts, commands, calls: this.#calls, limits: this.settings.limits };
    return startCall({ ...parts, supervisor: this.supervisor }, call, options);
  }

  /**
   * Brings the instrument into its safe state, as its driver defines it. Methods that run or wait are cancelled, and a
   * stream continues. It is no safety function of a machine.
   *
   * @param reason A text for people: the driver and the log get it.
   * @throws {LabError} `DeviceNotConnected`, `DeviceFaulted`, `NoSafeState` if the driver has no safe function,
   * `DeviceTimeout`, or `DriverError` with the driver's error.
   */
  async makeSafe(reason: string): Promise<void> {
    await this.supervisor.makeSafe(reason);
  }

  /**
   * Makes the instrument safe now or, if the device is not connected, at its next connection before anything else.
   * Rejects then as well.
   */
  async makeSafeSoon(reason: string): Promise<void> {
    await this.supervisor.makeSafeSoon(reason);
  }

  /**
   * Reads a property from the instrument, under the same lock as methods. For a property that can only be set, resolves
   * with the last set value, or `null` before the first.
   *
   * @throws {LabError} `PropertyNotFound`, `DeviceNotConnected`, `DeviceFaulted`, `DeviceTimeout`, or `DriverError`
   * with the driver's error.
   */
  async getProperty(name: string): Promise<unknown> {
    return (await this.properties.read(name)).value;
  }

  /**
   * Sets a property, under the same lock as methods, and reads it back. Resolves with the instrument's value. A value
   * that does not fit the property's schema is refused without a call of the driver.
   *
   * @throws {LabError} `PropertyNotFound`, `PropertyReadOnly`, `InvalidRequest`, `DeviceNotConnected`, `DeviceFaulted`,
   * `DeviceTimeout`, or `DriverError` with the driver's error.
   */
  async setProperty(name: string, value: unknown): Promise<unknown> {
    return (await this.properties.write(name, value)).value;
  }

  /**
   * Starts to stream, or continues: a second start changes nothing. A callback gets each sample from now on, beside the
   * device and never under its lock. A device has one callback at a time, and any number of readers by {@linkcode
   * events}.
   *
   * @param start With `exact`, a start with other options than those of the present run is refused.
   * @throws {LabError} `InvalidRequest` for options that do not fit, `OptionsInUse`, `NotStreamable`,
   * `DeviceNotConnected`, `DeviceFaulted`, or the driver's error.
   */
  async startStreaming(
    callback?: Callback,
    options: Record<string, unknown> = {},
    start: StartStreamingOptions = {},
  ): Promise<void> {
    await this.#consumers.start(callback, options, start);
  }

  /**
   * Ends the run for every consumer, and every explicit start. Idempotent. After it resolves no sample arrives.
   *
   * @param timeoutMs A driver that has not stopped by then has its process killed.
   * @throws {LabError} `InvalidRequest`, if the timeout is not a finite number from 0.
   */
  async stopStreaming(timeoutMs: number = this.settings.limits.stopMs): Promise<void> {
    await this.#consumers.stop(timeoutMs);
  }

  /** True exactly as long as the driver's loop really runs. */
  isStreaming(): boolean {
    return this.state === "streaming";
  }

  /** True if a new reader starts to stream, or takes the stream over from one that has just left. */
  startsBy(reader: Pick<ReaderOptions, "waits"> = {}): boolean {
    return this.#consumers.startsBy(reader);
  }

  /**
   * Adds a reader. The device streams while it has readers, unless the reader is `manual`. Returns the function that
   * removes the reader.
   */
  read(reader: ReaderOptions = {}): Promise<() => void> {
    return this.#consumers.read(reader);
  }

  /**
   * The device's events from now on, or behind the id `since`, as a reader that the device streams for. Samples come as
   * the driver yielded them, as a {@linkcode Callback} gets them.
   */
  events(options: EventsOptions = {}): AsyncGenerator<StreamEvent, void, undefined> {
    return this.#consumers.events(options);
  }
}
