import { getLogger } from "@logtape/logtape";
import { LabError, messageOf } from "../errors.ts";
import { EncodedJson } from "../host/encoded_json.ts";
import { encodeJson, events, type StreamEvent, StreamLog } from "../stream/mod.ts";
import { type Callback, collect } from "./collector.ts";
import type { DriverSource } from "./driver_source.ts";
import type { Plan } from "./plan.ts";
import { completeSettings, type DeviceSettings, type SomeSettings } from "./policy.ts";
import type { DeviceState, DeviceStatus } from "./status.ts";
import { Supervisor } from "./supervisor.ts";

/** What a device is made of. */
export interface DeviceParts {
  id: string;
  plan: Plan;
  epoch: string;
  /** The number of its first sample: numbers go on when a device is removed and made again. */
  sequence: number;
}

/** How a reader comes. */
export interface ReaderOptions {
  /** Options of the run, if this reader starts it. */
  options?: Record<string, unknown>;
  /** It has come back by itself and does not undo a person's stop. */
  waits?: boolean;
  /** Called when an explicit stop ends the device's streams. */
  onStop?: () => void;
}

const logger = getLogger(["labdaemon", "device"]);

/** One instrument under an id: what a script, a route or a reader does with it goes through here. */
export class ManagedDevice {
  readonly id: string;
  readonly log: StreamLog;
  readonly #settings: DeviceSettings;
  readonly #supervisor: Supervisor;
  readonly #streams = new Set<() => void>();
  /** How often it was told to stop, or to disconnect. */
  #stops = 0;
  #endCollecting: (() => void) | undefined;

  constructor({ id, plan, epoch, sequence }: DeviceParts, settings: SomeSettings = {}) {
    this.id = id;
    this.#settings = completeSettings(settings);
    this.log = new StreamLog({ deviceId: id, epoch, sequence, ring: this.#settings.ring });
    this.#supervisor = new Supervisor({ id, plan, log: this.log, settings: this.#settings });
  }

  get #source(): DriverSource {
    return this.#supervisor.plan.source;
  }

  /** The device type. */
  get type(): string {
    return this.#source.description.name;
  }

  /** The JSON Schema of its options. */
  get options() {
    return this.#source.description.options;
  }

  /** The names, documentation and inputs of its methods. */
  get methods() {
    return this.#source.description.methods;
  }

  get state(): DeviceState {
    return this.#supervisor.condition.state;
  }

  /** The last thing that went wrong, until it is cleared. */
  get lastError(): LabError | undefined {
    return this.#supervisor.condition.lastError;
  }

  clearError(): void {
    this.#supervisor.condition.lastError = undefined;
  }

  /** The device as data. */
  status(): DeviceStatus {
    const { condition, wants, plan, usage, disabled } = this.#supervisor;
    const { state, lastError } = condition;
    return {
      device_id: this.id,
      device_type: this.type,
      state,
      connected: state === "connected" || state === "streaming",
      streaming: state === "streaming",
      owned_by: null,
      last_error: lastError?.toJSON() ?? null,
      params: plan.params,
      restarts: condition.restarts,
      state_since: condition.since,
      retry_at: condition.retryAt,
      disabled,
      process: usage ? { ...usage, memory_limit: this.#settings.memory } : null,
      stream: { ...this.log.status(), readers: wants.readers },
    };
  }

  /**
   * Connects, and keeps connected from now on. Idempotent. A device that waits to try again tries at once, and a faulted
   * one begins anew.
   *
   * @throws {LabError} if this try fails. The device stays wanted: it goes on trying until {@linkcode disconnect}.
   */
  connect(): Promise<void> {
    return this.#supervisor.connect();
  }

  /** Disconnects, and stops streaming. Idempotent. Returns when the driver's process is gone. */
  async disconnect(): Promise<void> {
    this.#endCollector();
    await this.#supervisor.disconnect();
  }

  /** Takes it out of service: it is disconnected, and cannot be connected until it is enabled. Idempotent. */
  async disable({ resume }: { resume?: boolean } = {}): Promise<void> {
    this.#endCollector();
    await this.#supervisor.disable(resume);
  }

  /** Puts it back into service, and connects it if it was connected before. Idempotent. */
  enable(): void {
    this.#supervisor.enable();
  }

  /** Disconnects for good: its streams end, and it cannot be connected again. */
  async remove(): Promise<void> {
    this.#endCollector();
    await this.#supervisor.remove();
    for (const end of [...this.#streams]) end();
  }

  /**
   * Goes on with a new version of its driver, or another one. A connected device is closed and opened anew, back to what was
   * wanted of it; its readers stay and are told once.
   */
  swap(plan: Plan): void {
    this.#supervisor.swap(plan);
  }

  /**
   * Calls a method, as soon as those called before it are done.
   *
   * @param args Positional arguments, for the keys of the method's input in their declared order.
   * @param kwargs Named arguments.
   * @throws {LabError} `DeviceNotConnected`, `DeviceFaulted`, `MethodNotFound`, `InvalidRequest`, `DeviceTimeout`, or
   * `DriverError` with what the driver threw.
   */
  async call(method: string, args: unknown[] = [], kwargs: Record<string, unknown> = {}): Promise<unknown> {
    const result = await this.#call(method, args, kwargs);
    return result instanceof EncodedJson ? result.decode() : result;
  }

  /** The same with the result as JSON text: a large one is passed on without being read. */
  async callEncoded(method: string, args: unknown[], kwargs: Record<string, unknown>): Promise<EncodedJson> {
    const result = await this.#call(method, args, kwargs);
    return result instanceof EncodedJson ? result : new EncodedJson(new TextEncoder().encode(encodeJson(result)));
  }

  async #call(method: string, args: unknown[], kwargs: Record<string, unknown>): Promise<unknown> {
    const attempt = `Cannot call "${method}" on "${this.id}"`;
    const context = { device_id: this.id, method };
    if (method.startsWith("_")) {
      throw new LabError("InvalidRequest", `${attempt}: names that begin with _ are private`, { context });
    }
    if (!this.methods.some(({ name }) => name === method)) {
      const known = this.methods.map(({ name }) => name).join(", ") || "none";
      throw new LabError("MethodNotFound", `${attempt}: there is no such method; known methods are ${known}`, {
        context,
      });
    }
    const host = this.#supervisor.host(attempt);
    try {
      return await host.request("call", { method, args, kwargs }, { attempt, limit: this.#settings.limits.call });
    } catch (error) {
      if (error instanceof LabError && error.code !== "InvalidRequest") this.#supervisor.condition.lastError = error;
      throw error;
    }
  }

  /**
   * Starts to stream, or goes on: a second start changes nothing. With a callback, gives it each sample from now on,
   * beside the device and never under its lock. One callback at a time; any number of readers by {@linkcode events}.
   *
   * @throws {LabError} `InvalidRequest` for options that do not fit, `NotStreamable`, `DeviceNotConnected`,
   * `DeviceFaulted`, or what the driver failed with.
   */
  async startStreaming(callback?: Callback, options: Record<string, unknown> = {}): Promise<void> {
    const attempt = `Cannot start streaming "${this.id}"`;
    this.#supervisor.assertStreams(attempt);
    const stops = this.#stops;
    const run = await this.#checkOptions(options, attempt);
    this.#supervisor.assertStreams(attempt);
    // A stop that came meanwhile was asked for later than this start.
    if (stops !== this.#stops) return;
    this.#proposeOptions(run);
    if (callback && !this.#endCollecting) {
      this.#endCollecting = collect(this.log.cursor(), callback, {
        failed: (error) => this.#callbackFailed(error),
        lost: ({ lost, reason }) =>
          logger.warn("{device}: the local callback missed {lost} samples ({reason})", {
            device: this.id,
            lost,
            reason,
          }),
      });
    }
    this.#supervisor.wants.start();
    await this.#supervisor.started();
  }

  /**
   * Ends the run for everybody, and every explicit want of it. Idempotent. After it resolves no sample arrives.
   *
   * @param timeout In milliseconds. A driver that has not stopped by then has its process ended.
   * @throws {LabError} `InvalidRequest`, if the timeout is not a finite number from 0.
   */
  async stopStreaming(timeout: number = this.#settings.limits.stop): Promise<void> {
    if (!(timeout >= 0 && timeout < Infinity)) {
      throw new LabError(
        "InvalidRequest",
        `Cannot stop streaming "${this.id}": the timeout must be a finite number of ms from 0, found ${timeout}`,
      );
    }
    this.#endCollector();
    await this.#supervisor.stop(timeout);
    for (const end of [...this.#streams]) end();
  }

  /** True exactly as long as the driver's loop really runs. */
  isStreaming(): boolean {
    return this.state === "streaming";
  }

  /** A reader comes. The device streams while there are any, unless it is `manual`. Returns the function by which it leaves. */
  async read({ options = {}, waits = false, onStop }: ReaderOptions = {}): Promise<() => void> {
    this.#proposeOptions(await this.#checkOptions(options, `Cannot stream "${this.id}"`));
    const leave = this.#supervisor.wants.read({ waits });
    if (onStop) this.#streams.add(onStop);
    return () => {
      if (onStop) this.#streams.delete(onStop);
      leave();
    };
  }

  /** The device's events from now on, or behind the id `since`, as a reader that the device streams for. */
  async *events({ since, signal = new AbortController().signal, ...reader }: ReaderOptions & {
    since?: string;
    signal?: AbortSignal;
  } = {}): AsyncGenerator<StreamEvent, void, undefined> {
    const cursor = this.log.cursor(since);
    const leave = await this.read(reader);
    try {
      yield* events(cursor, signal);
    } finally {
      leave();
    }
  }

  /** The options of a run, with those of the settings where none are given. */
  async #checkOptions(given: Record<string, unknown>, attempt: string): Promise<Record<string, unknown>> {
    const options = { ...this.#settings.options, ...given };
    if (Object.keys(given).length) await this.#source.checkOptions(options, attempt);
    return options;
  }

  /** Options shape a run only if it is theirs to start. */
  #proposeOptions(options: Record<string, unknown>): void {
    if (!this.#supervisor.wants.streaming) this.#supervisor.runOptions = options;
  }

  /** Nothing reaches the callback any more, and a start that is still being checked does not start. */
  #endCollector(): void {
    this.#stops++;
    this.#endCollecting?.();
    this.#endCollecting = undefined;
  }

  #callbackFailed(cause: unknown): void {
    const message = `The callback of "${this.id}" failed: ${messageOf(cause)}`;
    this.#supervisor.condition.lastError = new LabError("DriverError", message, {
      type: "CallbackError",
      origin: "callback",
      cause,
    });
    logger.error("{message}", { message });
  }
}
