import { LabError, shortened } from "../errors.ts";
import { EncodedJson } from "../host/encoded_json.ts";
import { encodeJson, events, type StreamEvent, StreamLog } from "../stream/mod.ts";
import type { Callback } from "./collector.ts";
import type { DriverSource } from "../registry/driver_source.ts";
import type { Plan } from "./plan.ts";
import { completeSettings, type DeviceSettings, type SomeSettings } from "./policy.ts";
import type { DeviceState, DeviceStatus } from "./status.ts";
import { type ReaderOptions, Streaming } from "./streaming.ts";
import { Supervisor } from "./supervisor.ts";

/** What a device is made of. */
export interface DeviceParts {
  id: string;
  plan: Plan;
  epoch: string;
  /** The number of its first sample: numbers go on when a device is removed and made again. */
  sequence: number;
}

/** One instrument under an id: what a script, a route or a reader does with it goes through here. */
export class Device {
  readonly id: string;
  readonly log: StreamLog;
  readonly #settings: DeviceSettings;
  readonly #supervisor: Supervisor;
  readonly #streaming: Streaming;

  constructor({ id, plan, epoch, sequence }: DeviceParts, settings: SomeSettings = {}) {
    this.id = id;
    this.#settings = completeSettings(settings);
    this.log = new StreamLog({ deviceId: id, epoch, sequence, ring: this.#settings.ring });
    this.#supervisor = new Supervisor({ id, plan, log: this.log, settings: this.#settings });
    this.#streaming = new Streaming(id, this.log, this.#settings.options, this.#supervisor);
  }

  get #source(): DriverSource {
    return this.plan.source;
  }

  /** How it is made. */
  get plan(): Plan {
    return this.#supervisor.plan;
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

  /** The options of the run that is wanted; `undefined` if none is. */
  get run(): Record<string, unknown> | undefined {
    return this.#supervisor.wants.streaming ? this.#supervisor.runOptions : undefined;
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
    const { condition, wants, plan, streams, usage, disabled } = this.#supervisor;
    const { state, lastError } = condition;
    return {
      device_id: this.id,
      device_type: this.type,
      state,
      connected: state === "connected" || state === "streaming",
      streaming: state === "streaming",
      can_stream: streams,
      streams,
      owned_by: null,
      last_error: lastError?.toJSON() ?? null,
      params: plan.params,
      options: this.run ?? this.#settings.options,
      permissions: plan.permissions,
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
    this.#streaming.endCallback();
    await this.#supervisor.disconnect();
  }

  /** Takes it out of service: it is disconnected, and cannot be connected until it is enabled. Idempotent. */
  async disable({ resume }: { resume?: boolean } = {}): Promise<void> {
    this.#streaming.endCallback();
    await this.#supervisor.disable(resume);
  }

  /** Puts it back into service, and connects it if it was connected before. Idempotent. */
  enable(): void {
    this.#supervisor.enable();
  }

  /**
   * Disconnects for good: its streams end, and it cannot be connected again.
   *
   * @param isTold Whether its readers hear that it was removed. When the daemon ends they do not: they may find it again.
   */
  async remove(isTold = true): Promise<void> {
    this.#streaming.endCallback();
    await this.#supervisor.remove(isTold);
    this.#streaming.endReaders();
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
    const asked = shortened(method);
    const attempt = `Cannot call "${asked}" on "${this.id}"`;
    const context = { device_id: this.id, method: asked };
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
      const { callMs: limit, stopMs: grace } = this.#settings.limits;
      return await host.request("call", { method, args, kwargs }, { attempt, limit, grace });
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
    await this.#streaming.start(callback, options);
  }

  /**
   * Ends the run for everybody, and every explicit want of it. Idempotent. After it resolves no sample arrives.
   *
   * @param timeout In milliseconds. A driver that has not stopped by then has its process ended.
   * @throws {LabError} `InvalidRequest`, if the timeout is not a finite number from 0.
   */
  async stopStreaming(timeout: number = this.#settings.limits.stopMs): Promise<void> {
    await this.#streaming.stop(timeout);
  }

  /** True exactly as long as the driver's loop really runs. */
  isStreaming(): boolean {
    return this.state === "streaming";
  }

  /** A reader comes. The device streams while there are any, unless it is `manual`. Returns the function by which it leaves. */
  read(reader: ReaderOptions = {}): Promise<() => void> {
    return this.#streaming.read(reader);
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
}
