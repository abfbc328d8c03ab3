import { z } from "zod";
import { deadline, DeadlineError, MAX_DELAY_MS } from "../../async/mod.ts";
import { inConnectionScope, type OnLost } from "../../driver/connection/connection_scope.ts";
import { type Driver, LabError } from "../../driver/mod.ts";
import { describeDriver, jsonSchema, requestedPermissions } from "./describe.ts";
import { misspeltFunctions } from "../../driver/misspelt_functions.ts";
import { linesOf } from "./driver_lines.ts";
import { driverPlace } from "./driver_place.ts";
import { parseInput } from "../parse_input.ts";
import { type SampleSink, SampleWriter } from "../../stream/sample_writer.ts";
import { waveformForm } from "../../stream/timed/waveform_form.ts";
import { DeviceLock } from "./device_lock.ts";
import { driverError } from "./driver_error.ts";
import { type CallEvents, MethodCalls } from "./method_call.ts";
import type { DeviceIdentity, KeptSources, Operation, Requests } from "../protocol/protocol.ts";
import { propertyOf } from "./property_of.ts";
import { Runs } from "./runs.ts";
import type { Warn } from "./stream_check.ts";
import { canStream, type DeviceObject } from "./stream_run.ts";

/** The events of a runtime. */
export interface RuntimeOutput extends SampleSink {
  /** The run ended and was not stopped. */
  ended(error: LabError | null): void;
  /** The connection to the instrument is lost, and no run has ended by it. */
  disconnected(error: LabError): void;
  /** The driver does something that it does not declare; with `null`, no longer. */
  warn?: Warn;
}

/** Loads the driver of a runtime. */
export type LoadDriver = (file: string, kept?: KeptSources) => Promise<Driver>;

/** One function for each request. The signal aborts when the answer is no longer awaited. */
type Handlers = {
  [Op in Operation]: (input: Requests[Op][0], signal: AbortSignal, events?: CallEvents) => Promise<Requests[Op][1]>;
};

/** The time for which a disconnect, or making safe, waits for work under the lock to end. */
const MAX_WORK_END_MS = 1_000;

/** The time for which a run may go on after the connection to its instrument is lost. */
const MAX_RUN_END_MS = 200;

/** The part of a limit for which it does: the rest is for the instrument. */
function workEndMs(limitMs: number): number {
  return Math.min(limitMs / 2, MAX_WORK_END_MS);
}

/**
 * Runs a driver's code, and keeps the promises of the driver contract: it owns the device, its lock and its runs. The
 * same in a process and inline.
 */
export class Runtime {
  readonly #output: RuntimeOutput;
  readonly #load: LoadDriver;
  readonly #lock = new DeviceLock();
  #file = "";
  #driver: Driver | undefined;
  #device: DeviceObject | undefined;
  #identity: DeviceIdentity | undefined;
  #runs: Runs | undefined;
  #connecting: Promise<void> | undefined;
  /** True once the loss of the instrument was reported. */
  #isLost = false;
  #calls: MethodCalls | undefined;
  #isConnected = false;

  constructor(output: RuntimeOutput, load: LoadDriver) {
    this.#output = output;
    this.#load = load;
  }

  /** Answers one request, or rejects with a `LabError`. `events` are those of a call. */
  async handle<Op extends Operation>(
    op: Op,
    input: Requests[Op][0],
    signal: AbortSignal,
    events?: CallEvents,
  ): Promise<Requests[Op][1]> {
    try {
      return await inConnectionScope(this.#lost, () => this.#handlers[op](input, signal, events));
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  /** Anything that the driver threw, as a `LabError`. */
  errorOf(thrown: unknown): LabError {
    const at = driverPlace(thrown, this.#file);
    return driverError(
      thrown,
      {
        ...(this.#identity && { device_id: this.#identity.device_id }),
        ...(at && { at }),
      },
      this.#identity?.grant,
      this.#driver && linesOf(this.#driver).permissions,
    );
  }

  /**
   * A connection of the device is lost. What fails by it is reported first: the end of a run after its last samples, and
   * the answers to calls.
   */
  readonly #lost: OnLost = async (reason, isUsed) => {
    const device = this.#device;
    await this.#connecting;
    await deadline(this.#runs?.ended ?? Promise.resolve(), MAX_RUN_END_MS).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    if (!device || this.#device !== device || this.#isLost || !isUsed()) return;
    this.#isLost = true;
    this.#output.disconnected(this.errorOf(reason));
  };

  readonly #handlers: Handlers = {
    load: async ({ file, kept }) => {
      this.#file = file;
      this.#driver = await this.#load(file, kept);
      return describeDriver(this.#driver);
    },

    check_params: ({ params: raw, attempt }) => {
      const driver = this.#loaded();
      const params = parseInput(driver.params, raw, attempt);
      const bus = driver.bus?.(params) ?? null;
      return Promise.resolve({ params, permissions: requestedPermissions(driver, params), bus });
    },

    check_options: ({ options, attempt }) => Promise.resolve(parseInput(this.#loaded().options, options, attempt)),

    create: ({ params, ...identity }) => {
      const driver = this.#loaded();
      this.#identity = identity;
      const { device_id: deviceId, epoch } = identity;
      const { sample } = driver;
      const waveforms = sample && waveformForm(jsonSchema(sample));
      const head = { deviceId, epoch, arrays: identity.arrays ?? driver.arrays, waveforms };
      const writer = new SampleWriter(head, identity.next_sequence, this.#output);
      const warn: Warn = (type, message) => this.#output.warn?.(type, message);
      this.#runs = new Runs(deviceId, writer, this.#lock, { sample, waveforms, lines: linesOf(driver) }, {
        errorOf: (thrown) => this.errorOf(thrown),
        ended: (error) => this.#output.ended(error),
        warn,
      });
      const device = driver.create(parseInput(driver.params, params, `Cannot create "${deviceId}"`));
      this.#device = device;
      this.#calls = new MethodCalls({ driver, device: () => this.#created(), deviceId, lock: this.#lock });
      const misspelt = misspeltFunctions(device).map(({ found, meant }) => `${found}() (did you mean ${meant}?)`);
      if (misspelt.length > 0) {
        warn("MisspeltFunction", `Its driver's device has ${misspelt.join(", ")}, which the host does not call`);
      }
      return Promise.resolve({ streams: canStream(device), safe: typeof device.safe === "function" });
    },

    connect: async (_, signal) => {
      const connecting = this.#lock.work(async (signal) => await this.#created().connect?.(signal), signal);
      this.#connecting = connecting.catch(() => {});
      await connecting;
      this.#isConnected = true;
      return null;
    },

    call: (input, signal, events) => {
      this.#loaded();
      if (!this.#calls) this.#created();
      return this.#calls!.call(input, signal, events);
    },

    safe: async ({ reason, limit }, signal) => {
      await this.#makeSafe(reason, limit, signal);
      return null;
    },

    get: async ({ name, valid }, signal, events) => {
      const attempt = `Cannot get "${name}" of "${this.#id}"`;
      const { get } = propertyOf(this.#loaded(), name, "get", attempt);
      return await this.#lock.work(
        (signal) => {
          events?.begun();
          return get(this.#created(), { signal });
        },
        signal,
        { validMs: valid ?? Infinity, attempt },
      );
    },

    set: async ({ name, value, valid: validMs }, signal, events) => {
      const attempt = `Cannot set "${name}" of "${this.#id}"`;
      const { schema, get, set } = propertyOf(this.#loaded(), name, "set", attempt);
      const valid = parseInput(z.strictObject({ value: schema }), { value }, attempt).value;
      return await this.#lock.work(
        async (signal) => {
          events?.begun();
          const device = this.#created();
          await set(device, valid, { signal });
          return get ? await get(device, { signal }) : valid;
        },
        signal,
        { validMs: validMs ?? Infinity, attempt },
      );
    },

    start: async ({ options, read }) => {
      if (this.#runs?.isRunning) return null;
      const valid = parseInput(this.#loaded().options, options, "Cannot start streaming");
      const device = this.#created();
      await this.#runs!.start(device, valid, read ?? Infinity);
      return null;
    },

    stop: async ({ limit }) => {
      await this.#runs?.stop(limit);
      return null;
    },

    disconnect: async ({ limit }, signal) => {
      const timeout = new AbortController();
      const timer = setTimeout(() => timeout.abort(new DeadlineError(limit)), Math.min(limit, MAX_DELAY_MS));
      try {
        await this.#runs?.stop(limit);
      } finally {
        try {
          // A run that failed at its stop has ended too. One that continues is ended with its process.
          if (!this.#runs?.isRunning) await this.#close(limit, AbortSignal.any([signal, timeout.signal]));
        } finally {
          clearTimeout(timer);
        }
      }
      return null;
    },

    // A process answers this itself; an inline host has no use of its own.
    ping: () => Promise.resolve({ memory: 0, cpu: 0, at: 0 }),
  };

  /**
   * The daemon has died, or no longer needs the process: makes an instrument that is still open safe, if that was asked
   * for, and closes it. Never rejects.
   */
  async shutDown(limitMs: number): Promise<void> {
    const { signal } = new AbortController();
    const isToBeSafe = this.#identity?.safe_on_shutdown && this.#isConnected && this.#device?.safe;
    const half = isToBeSafe ? limitMs / 2 : 0;
    if (isToBeSafe) await deadline(this.#makeSafe("the daemon has ended", half, signal), half).catch(() => {});
    await deadline(this.handle("disconnect", { limit: limitMs - half }, signal), limitMs - half).catch(() => {});
  }

  /** Calls the driver's `safe`: under the lock, or beside work that does not end though its signal aborted. */
  async #makeSafe(reason: string, limitMs: number, signal: AbortSignal): Promise<void> {
    const id = this.#identity?.device_id;
    const device = this.#created();
    if (!device.safe) {
      const message = `Cannot make "${id}" safe: its driver has no safe function; nothing was done`;
      throw new LabError("NoSafeState", message, { context: { device_id: id } });
    }
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new DeadlineError(limitMs)), Math.min(limitMs, MAX_DELAY_MS));
    const stopped = new LabError("CallCancelled", `"${id}" is being made safe: ${reason}`);
    try {
      await this.#lock.preempt(
        stopped,
        workEndMs(limitMs),
        () => device.safe!(reason, AbortSignal.any([signal, limit.signal])),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #close(limitMs: number, signal: AbortSignal): Promise<void> {
    const device = this.#device;
    this.#device = undefined;
    const reason = new LabError("DeviceNotConnected", `"${this.#id}" is being disconnected`);
    await this.#lock.preempt(reason, workEndMs(limitMs), () => device?.disconnect?.(signal));
  }

  #loaded(): Driver {
    if (!this.#driver) throw new LabError("InternalError", "Cannot use a driver before it is loaded");
    return this.#driver;
  }

  #created(): DeviceObject {
    if (!this.#device) {
      const id = this.#id;
      throw new LabError("DeviceNotConnected", `Cannot use the instrument of "${id}": it is not open, or no longer`);
    }
    return this.#device;
  }

  get #id(): string | undefined {
    return this.#identity?.device_id;
  }
}
