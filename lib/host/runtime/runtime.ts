import { type Driver, LabError } from "../../driver/mod.ts";
import { describeDriver } from "../../driver/describe.ts";
import { driverPlace } from "./driver_place.ts";
import type { KeptSources } from "./kept_sources.ts";
import { parseInput } from "../../driver/parse_input.ts";
import { type SampleSink, SampleWriter } from "../../stream/sample_writer.ts";
import { DeviceLock } from "./device_lock.ts";
import { driverError } from "../driver_error.ts";
import type { DeviceIdentity, Operation, Requests } from "../protocol.ts";
import { nameArguments } from "./name_arguments.ts";
import { Runs } from "./runs.ts";
import { canStream, type DeviceObject } from "./stream_run.ts";

/** What a runtime tells unasked. */
export interface RuntimeOutput extends SampleSink {
  /** The run is over though nobody stopped it. */
  ended(error: LabError | null): void;
}

/** How a runtime comes by its driver. */
export type LoadDriver = (file: string, kept?: KeptSources) => Promise<Driver>;

/** What a runtime does for each request. The signal aborts when nobody waits for the answer any more. */
type Handlers = { [Op in Operation]: (input: Requests[Op][0], signal: AbortSignal) => Promise<Requests[Op][1]> };

/** How long work under the lock may take to end when the device is disconnected. */
const LAST_WORK_MS = 1_000;

/**
 * Where a driver's code runs: it keeps the contract's promises to the driver. It owns the device, its lock and its runs.
 * The same for a process of its own and inline.
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

  constructor(output: RuntimeOutput, load: LoadDriver) {
    this.#output = output;
    this.#load = load;
  }

  /** Answers one request, or rejects with a `LabError`. */
  async handle<Op extends Operation>(op: Op, input: Requests[Op][0], signal: AbortSignal): Promise<Requests[Op][1]> {
    try {
      return await this.#handlers[op](input, signal);
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  /** Whatever the driver threw, as the error that travels. */
  errorOf(thrown: unknown): LabError {
    const at = driverPlace(thrown, this.#file);
    return driverError(thrown, {
      ...(this.#identity && { device_id: this.#identity.device_id }),
      ...(at && { at }),
    });
  }

  readonly #handlers: Handlers = {
    load: async ({ file, kept }) => {
      this.#file = file;
      this.#driver = await this.#load(file, kept);
      return describeDriver(this.#driver);
    },

    check_params: ({ params: raw, attempt }) => {
      const driver = this.#loaded();
      const params = parseInput(driver.params, raw, attempt);
      return Promise.resolve({ params, permissions: driver.permissions(params) });
    },

    check_options: ({ options, attempt }) => Promise.resolve(parseInput(this.#loaded().options, options, attempt)),

    create: ({ params, ...identity }) => {
      const driver = this.#loaded();
      this.#identity = identity;
      const head = { deviceId: identity.device_id, epoch: identity.epoch, arrays: identity.arrays ?? driver.arrays };
      const writer = new SampleWriter(head, identity.next_sequence, this.#output);
      this.#runs = new Runs(identity.device_id, writer, this.#lock, {
        errorOf: (thrown) => this.errorOf(thrown),
        ended: (error) => this.#output.ended(error),
      });
      this.#device = driver.create(parseInput(driver.params, params, `Cannot create "${identity.device_id}"`));
      return Promise.resolve({ streams: canStream(this.#device) });
    },

    connect: async (_, signal) => {
      await this.#lock.work(async (signal) => await this.#created().connect?.(signal), signal);
      return null;
    },

    call: async ({ method, args, kwargs }, signal) => {
      const { methods } = this.#loaded();
      const definition = Object.hasOwn(methods, method) ? methods[method] : undefined;
      const attempt = `Cannot call "${method}" on "${this.#identity?.device_id}"`;
      if (!definition || method.startsWith("_")) throw this.#methodNotFound(method, attempt);
      const input = definition.input
        ? parseInput(definition.input, nameArguments(definition.input.shape, args, kwargs, attempt), attempt)
        : { args, kwargs };
      return await this.#lock.work((signal) => definition.run(this.#created(), input, { signal }), signal);
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

    disconnect: async ({ limit }) => {
      try {
        await this.#runs?.stop(limit);
      } finally {
        // A run that fails at its end is over all the same. One that goes on is ended with its process.
        if (!this.#runs?.isRunning) await this.#close(limit);
      }
      return null;
    },

    // What a process takes, the process says; inline, the question makes no sense.
    ping: () => Promise.resolve({ memory: 0, cpu: 0, at: 0 }),
  };

  async #close(limit: number): Promise<void> {
    const device = this.#device;
    this.#device = undefined;
    const reason = new LabError("DeviceNotConnected", `"${this.#identity?.device_id}" is being disconnected`);
    // What does not end is met halfway: that the instrument is closed matters more.
    await this.#lock.endWork(reason, Math.min(limit / 2, LAST_WORK_MS));
    await device?.disconnect?.();
  }

  #loaded(): Driver {
    if (!this.#driver) throw new LabError("InternalError", "Cannot use a driver before it is loaded");
    return this.#driver;
  }

  #created(): DeviceObject {
    if (!this.#device) {
      const id = this.#identity?.device_id;
      throw new LabError("DeviceNotConnected", `Cannot use the instrument of "${id}": it is not open, or no longer`);
    }
    return this.#device;
  }

  #methodNotFound(method: string, attempt: string): LabError {
    const known = Object.keys(this.#loaded().methods).join(", ") || "none";
    return new LabError("MethodNotFound", `${attempt}: there is no such method; known methods are ${known}`, {
      context: { device_id: this.#identity?.device_id, method },
    });
  }
}
