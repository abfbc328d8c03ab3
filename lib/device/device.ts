import { getLogger } from "@logtape/logtape";
import { DurationHistogram } from "../async/duration_histogram.ts";
import type { LabError } from "../errors.ts";
import type { Confinement } from "../host/child_process.ts";
import { type DriverUser, missingGrantLine, paramsSchema, type Plan } from "../registry/plan.ts";
import { EncodedJson, StreamLog } from "../stream/mod.ts";
import type { DeviceState, DeviceStatus } from "../wire/device.ts";
import type { JsonSchema, MethodDescription } from "../wire/driver.ts";
import type { StreamEvent } from "../wire/events.ts";
import { maskSecrets } from "../format/secrets.ts";
import { type Callback, Consumers, type ReaderOptions, type StartOptions } from "./consumers.ts";
import { type Call, Calls } from "./calls.ts";
import { LocalReaders } from "./local_reader.ts";
import { type CallCounts, type CallOptions, type MethodCall, startCall } from "./method_call.ts";
import { Properties } from "./properties.ts";
import { completeSettings, type DeviceSettings, type SomeSettings } from "./supervisor/policy.ts";
import { Supervisor } from "./supervisor/supervisor.ts";

const logger = getLogger(["labdaemon", "device"]);

/** The parts of a new device besides its settings. */
export interface NewDevice {
  id: string;
  plan: Plan;
  epoch: string;
  /** The number of its first sample: numbers continue when a device is removed and added again. */
  sequence: number;
  /** The calls of all devices, to which its own are added. */
  calls?: Calls;
}

/** The options of {@linkcode Device.events}: its begin, its end, and the part that its reader takes. */
export interface EventsOptions extends ReaderOptions {
  /** The id of the last event that the reader has: `<epoch>-<sequence>`. Without it, events from now on. */
  since?: string;
  signal?: AbortSignal;
}

/** One instrument under an id. Scripts, routes and readers use it through this class. */
export class Device implements DriverUser {
  readonly id: string;
  readonly log: StreamLog;
  readonly #settings: DeviceSettings;
  readonly #supervisor: Supervisor;
  readonly #readers: LocalReaders;
  readonly #consumers: Consumers;
  readonly #calls: Calls;

  constructor({ id, plan, epoch, sequence, calls = new Calls() }: NewDevice, settings: SomeSettings = {}) {
    this.id = id;
    this.#settings = completeSettings(settings);
    this.log = new StreamLog({ deviceId: id, epoch, sequence, ring: this.#settings.ring });
    this.#calls = calls;
    this.#readers = new LocalReaders(this.log);
    this.#supervisor = new Supervisor(plan, this.log, this.#readers, this.#settings);
    this.#consumers = new Consumers(this.log, this.#readers, this.#settings.options, this.#supervisor);
    this.properties = new Properties(this.log, this.#supervisor, this.#settings.limits);
    this.#logMissing();
  }

  /** The driver, the checked params and the permissions by which the device is made. */
  get plan(): Plan {
    return this.#supervisor.desired.plan;
  }

  /** The limits of its process. */
  get confinement(): Confinement {
    const { memoryBytes, limits: { heartbeatTimeoutMs } } = this.#settings;
    return { permissions: this.plan.permissions, memoryBytes, heartbeatTimeoutMs };
  }

  /** The device type. */
  get type(): string {
    return this.plan.source.description.name;
  }

  /** The JSON Schema of its options. */
  get options(): JsonSchema {
    return this.plan.source.description.options;
  }

  /** The names, documentation, inputs and limits of its methods. */
  get methods(): readonly MethodDescription[] {
    const limit = this.#settings.limits.callMs / 1000;
    const { methods } = this.plan.source.description;
    return Number.isFinite(limit) ? methods.map((method) => ({ ...method, limit: method.limit ?? limit })) : methods;
  }

  /** Its properties: what can be read and set. */
  readonly properties: Properties;

  readonly callCounts: CallCounts = { durations: new DurationHistogram(), failed: 0 };

  /** The options of the demanded run; `undefined` if none is demanded. */
  get run(): Record<string, unknown> | undefined {
    const { demand } = this.#supervisor;
    return demand.active ? demand.options : undefined;
  }

  get state(): DeviceState {
    return this.#supervisor.actual.state;
  }

  /** True while it is connected, streaming or not. */
  get isConnected(): boolean {
    return this.state === "connected" || this.state === "streaming";
  }

  /** The last failure, until it is cleared. */
  get lastError(): LabError | undefined {
    return this.#supervisor.actual.lastError;
  }

  clearError(): void {
    this.#supervisor.actual.lastError = undefined;
  }

  /** The device as data. */
  status(): DeviceStatus {
    const { desired, demand, actual, usage } = this.#supervisor;
    const { state, canStream, canMakeSafe, lastError } = actual;
    const { group } = this.plan;
    const shared = group?.processOf(this.id);
    const memory_limit = shared?.memoryBytes ?? this.#settings.memoryBytes;
    return {
      device_id: this.id,
      device_type: this.type,
      state,
      connected: this.isConnected,
      streaming: state === "streaming",
      can_stream: canStream,
      streams: canStream,
      can_make_safe: canMakeSafe,
      owned_by: null,
      last_error: lastError?.toJSON() ?? null,
      params: maskSecrets(this.plan.params, paramsSchema(this.plan)),
      options: maskSecrets(this.run ?? this.#settings.options, this.options),
      permissions: shared?.permissions ?? this.plan.permissions,
      permissions_missing: this.plan.missing ?? {},
      restarts: actual.restarts,
      state_since: actual.since,
      retry_at: actual.retryAt,
      disabled: desired.disabled,
      warnings: actual.warnings.list(),
      instrument_clock: actual.instrumentClock,
      process: usage ? { ...usage, memory_limit } : null,
      shared_process: group && shared ? { name: group.name, devices: shared.ids } : null,
      stream: { ...this.log.status(), readers: demand.readers },
    };
  }

  /**
   * Connects, and keeps connected from now on. Idempotent. A device that waits to try again tries at once, and a faulted
   * one gets a new restart budget.
   *
   * @throws {LabError} if this attempt fails. The device keeps trying until {@linkcode disconnect}.
   */
  connect(): Promise<void> {
    return this.#supervisor.connect();
  }

  /** Disconnects, and stops streaming. Idempotent. Returns when the driver's process is gone. */
  async disconnect(): Promise<void> {
    this.#consumers.endCallback();
    await this.#supervisor.disconnect();
  }

  /**
   * Takes the device out of service: it is disconnected, and cannot be connected until it is enabled. Idempotent.
   * With `resume` it is connected again when it is enabled; by default, if it is connected now.
   */
  async disable({ resume }: { resume?: boolean } = {}): Promise<void> {
    this.#consumers.endCallback();
    await this.#supervisor.disable(resume);
  }

  /** Puts the device back into service, and connects it if it was connected before. Idempotent. */
  enable(): void {
    this.#supervisor.enable();
  }

  /**
   * Disconnects for good: the streams end, and the device cannot be connected again. Its readers are notified, unless
   * `notify` is `false`: when the daemon ends they are not, as they may find the device again.
   */
  async remove({ notify = true }: { notify?: boolean } = {}): Promise<void> {
    this.#consumers.endCallback();
    await this.#supervisor.remove();
    if (notify) this.#supervisor.actual.enter("disconnected", { reason: "removed" });
    this.#consumers.endReaders();
  }

  /**
   * Goes on with a new version of the driver, or with another driver. A connected device is closed and connected again as
   * it was, and streams if it did. Its readers stay and get one event.
   */
  replacePlan(plan: Plan): void {
    this.#supervisor.replacePlan(plan);
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
   * `CommandExpired`, `CallCancelled`, or `DriverError` with what the driver threw.
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

  /** The same without waiting for the result, which of a driver's process is an `EncodedJson`. Throws a refusal at once. */
  startCall(call: MethodCall, options: CallOptions = {}): Call {
    const { id, log, callCounts } = this;
    const parts = { id, log, callCounts, calls: this.#calls, limits: this.#settings.limits };
    return startCall({ ...parts, supervisor: this.#supervisor }, call, options);
  }

  /**
   * Brings the instrument into its safe state, as its driver defines it. Methods that run or wait are cancelled, and a
   * stream continues. It is no safety function of a machine.
   *
   * @param reason For people: it reaches the driver and the log.
   * @throws {LabError} `DeviceNotConnected`, `DeviceFaulted`, `NoSafeState` if the driver has no safe function,
   * `DeviceTimeout`, or `DriverError` with what the driver threw.
   */
  async makeSafe(reason: string): Promise<void> {
    await this.#supervisor.makeSafe(reason);
  }

  /** True if the instrument is made safe when the daemon ends. */
  get safeOnShutdown(): boolean {
    return this.#settings.safeOnShutdown;
  }

  /**
   * Reads a property from the instrument, under the same lock as methods. Of one that can only be set, the last set value
   * is all that is known, and `null` before.
   *
   * @throws {LabError} `PropertyNotFound`, `DeviceNotConnected`, `DeviceFaulted`, `DeviceTimeout`, or `DriverError` with
   * what the driver threw.
   */
  async getProperty(name: string): Promise<unknown> {
    return (await this.properties.read(name)).value;
  }

  /**
   * Sets a property, under the same lock as methods, and reads it back. Resolves with what the instrument says. A value that
   * does not fit the property's schema is refused, and the driver is not called.
   *
   * @throws {LabError} `PropertyNotFound`, `PropertyReadOnly`, `InvalidRequest`, `DeviceNotConnected`, `DeviceFaulted`,
   * `DeviceTimeout`, or `DriverError` with what the driver threw.
   */
  async setProperty(name: string, value: unknown): Promise<unknown> {
    return (await this.properties.write(name, value)).value;
  }

  /**
   * Starts to stream, or continues: a second start changes nothing. With a callback, gives it each sample from now on,
   * beside the device and never under its lock. One callback at a time; any number of readers by {@linkcode events}.
   *
   * @param start With `exact`, a start with other options than those of the present run is refused.
   * @throws {LabError} `InvalidRequest` for options that do not fit, `OptionsInUse`, `NotStreamable`, `DeviceNotConnected`,
   * `DeviceFaulted`, or what the driver failed with.
   */
  async startStreaming(
    callback?: Callback,
    options: Record<string, unknown> = {},
    start: StartOptions = {},
  ): Promise<void> {
    await this.#consumers.start(callback, options, start);
  }

  /**
   * Ends the run for every consumer, and every explicit start. Idempotent. After it resolves no sample arrives.
   *
   * @param timeoutMs A driver that has not stopped by then has its process killed.
   * @throws {LabError} `InvalidRequest`, if the timeout is not a finite number from 0.
   */
  async stopStreaming(timeoutMs: number = this.#settings.limits.stopMs): Promise<void> {
    await this.#consumers.stop(timeoutMs);
  }

  /** True exactly as long as the driver's loop really runs. */
  isStreaming(): boolean {
    return this.state === "streaming";
  }

  /** Adds a reader. The device streams while it has any, unless it is `manual`. Returns the function that removes it. */
  read(reader: ReaderOptions = {}): Promise<() => void> {
    return this.#consumers.read(reader);
  }

  /**
   * The device's events from now on, or behind the id `since`, as a reader that the device streams for. Samples come as
   * the driver yielded them, as a {@linkcode Callback} gets them.
   */
  async *events(
    { since, signal = new AbortController().signal, ...reader }: EventsOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    using local = this.#readers.add(this.log.cursor(since));
    const notices: StreamEvent[] = [];
    const leave = await this.read({ ...reader, onOptions: (event) => notices.push(event) });
    try {
      yield* notices;
      yield* local.events(signal);
    } finally {
      leave();
    }
  }
}
