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
type Handlers = { [Op in Operation]: (input: Requests[Op][0], signal: AbortSignal) => Promise<Requests[Op][1]> };

/** The time for which a disconnect waits for work under the lock to end. */
const MAX_WORK_END_MS = 1_000;

/** The time for which a run may go on after the connection to its instrument is lost. */
const MAX_RUN_END_MS = 200;

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

  constructor(output: RuntimeOutput, load: LoadDriver) {
    this.#output = output;
    this.#load = load;
  }

  /** Answers one request, or rejects with a `LabError`. */
  async handle<Op extends Operation>(op: Op, input: Requests[Op][0], signal: AbortSignal): Promise<Requests[Op][1]> {
    try {
      return await inConnectionScope(this.#lost, () => this.#handlers[op](input, signal));
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
      this.#device = driver.create(parseInput(driver.params, params, `Cannot create "${deviceId}"`));
      const misspelt = misspeltFunctions(this.#device).map(({ found, meant }) => `${found}() (did you mean ${meant}?)`);
      if (misspelt.length > 0) {
        warn("MisspeltFunction", `Its driver's device has ${misspelt.join(", ")}, which the host does not call`);
      }
      return Promise.resolve({ streams: canStream(this.#device) });
    },

    connect: async (_, signal) => {
      const connecting = this.#lock.work(async (signal) => await this.#created().connect?.(signal), signal);
      this.#connecting = connecting.catch(() => {});
      await connecting;
      return null;
    },

    call: async ({ method, args, kwargs }, signal) => {
      const { methods } = this.#loaded();
      const definition = Object.hasOwn(methods, method) ? methods[method] : undefined;
      const attempt = `Cannot call "${method}" on "${this.#id}"`;
      if (!definition || method.startsWith("_")) throw this.#methodNotFound(method, attempt);
      const input = definition.input
        ? parseInput(definition.input, nameArguments(definition.input.shape, args, kwargs, attempt), attempt)
        : { args, kwargs };
      return await this.#lock.work((signal) => definition.run(this.#created(), input, { signal }), signal);
    },

    get: async ({ name }, signal) => {
      const { get } = propertyOf(this.#loaded(), name, "get", `Cannot get "${name}" of "${this.#id}"`);
      return await this.#lock.work((signal) => get(this.#created(), { signal }), signal);
    },

    set: async ({ name, value }, signal) => {
      const attempt = `Cannot set "${name}" of "${this.#id}"`;
      const { schema, get, set } = propertyOf(this.#loaded(), name, "set", attempt);
      const valid = parseInput(z.strictObject({ value: schema }), { value }, attempt).value;
      return await this.#lock.work(async (signal) => {
        const device = this.#created();
        await set(device, valid, { signal });
        return get ? await get(device, { signal }) : valid;
      }, signal);
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

  async #close(limitMs: number, signal: AbortSignal): Promise<void> {
    const device = this.#device;
    this.#device = undefined;
    const reason = new LabError("DeviceNotConnected", `"${this.#id}" is being disconnected`);
    // Work that does not end is not awaited longer: the instrument must be closed within the limit.
    await this.#lock.abortWork(reason, Math.min(limitMs / 2, MAX_WORK_END_MS));
    await device?.disconnect?.(signal);
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

  #methodNotFound(method: string, attempt: string): LabError {
    const known = Object.keys(this.#loaded().methods).join(", ") || "none";
    return new LabError("MethodNotFound", `${attempt}: there is no such method; known methods are ${known}`, {
      context: { device_id: this.#id, method },
    });
  }
}

/**
 * Positional arguments under the schema's keys in their declared order, together with the named ones.
 *
 * @throws {LabError} `InvalidRequest`, if there are too many or one is given twice.
 */
function nameArguments(
  shape: Record<string, unknown>,
  args: unknown[],
  kwargs: Record<string, unknown>,
  attempt: string,
): Record<string, unknown> {
  const names = Object.keys(shape);
  if (args.length > names.length) {
    throw new LabError(
      "InvalidRequest",
      `${attempt}: it takes ${names.length} arguments (${names.join(", ")}), and ${args.length} were given`,
    );
  }
  const twice = names.slice(0, args.length).find((name) => Object.hasOwn(kwargs, name));
  if (twice !== undefined) {
    throw new LabError("InvalidRequest", `${attempt}: "${twice}" is given by position and by name`);
  }
  return Object.fromEntries([...args.map((value, i) => [names[i], value]), ...Object.entries(kwargs)]);
}
