import { deadline } from "../../async/mod.ts";
import { inConnectionScope, type OnLost } from "../../driver/connection/connection_scope.ts";
import { withTap } from "../../driver/connection/traffic.ts";
import { type Driver, LabError } from "../../driver/mod.ts";
import { checkedAgain, checkedParams, describeDriver } from "./describe.ts";
import { misspeltFunctions } from "../../driver/misspelt_functions.ts";
import { linesOf } from "./driver_file/driver_lines.ts";
import { driverPlace } from "./driver_file/driver_place.ts";
import { parseInput } from "../parse_input.ts";
import { DeviceLock } from "./device_lock.ts";
import { disconnectDevice, makeSafe, withLimit } from "./device_end.ts";
import { driverError } from "./driver_error.ts";
import { Fence } from "./fence.ts";
import { type CallEvents, MethodCalls } from "./method_calls.ts";
import type { DeviceIdentity, KeptSources, ProtocolOperation, ProtocolRequests } from "../protocol/protocol.ts";
import { PropertyAccess } from "./property_access.ts";
import { type Runs, runsOf, type RuntimeOutput } from "./runs.ts";
import { canStream, type DeviceObject } from "./stream_run.ts";
import { Transcript } from "./transcript.ts";

/** Loads the driver of a runtime. */
export type LoadDriver = (file: string, kept?: KeptSources) => Promise<Driver>;

/** One function for each request. The signal aborts when the answer is no longer awaited. */
type Handlers = {
  [Op in ProtocolOperation]: (
    input: ProtocolRequests[Op][0],
    signal: AbortSignal,
    events?: CallEvents,
  ) => Promise<ProtocolRequests[Op][1]>;
};

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
  /** The number below which commands are refused. */
  readonly fence = new Fence();
  #file = "";
  #driver: Driver | undefined;
  #device: DeviceObject | undefined;
  #identity: DeviceIdentity | undefined;
  #runs: Runs | undefined;
  #transcript: Transcript | undefined;
  /** Resolves when the connect that runs has ended. */
  #connecting: Promise<void> | undefined;
  /** True once the loss of the instrument was reported. */
  #isLost = false;
  #calls: MethodCalls | undefined;
  readonly #properties = new PropertyAccess(this.#lock, this.fence, {
    driver: () => this.#loaded(),
    device: () => this.#created(),
    id: () => `${this.#id}`,
  });
  #isConnected = false;

  constructor(output: RuntimeOutput, load: LoadDriver) {
    this.#output = output;
    this.#load = load;
  }

  /** Answers one request, or rejects with a `LabError`. `events` are those of a call. */
  async handle<Op extends ProtocolOperation>(
    op: Op,
    input: ProtocolRequests[Op][0],
    signal: AbortSignal,
    events?: CallEvents,
  ): Promise<ProtocolRequests[Op][1]> {
    try {
      return await withTap(
        this.#transcript,
        () => inConnectionScope(this.#lost, () => this.#handlers[op](input, signal, events)),
      );
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  /** Anything that the driver threw, as a `LabError`. */
  errorOf(thrown: unknown): LabError {
    const at = driverPlace(thrown, this.#file);
    return driverError(
      thrown,
      { ...(this.#identity && { device_id: this.#identity.device_id }), ...(at && { at }) },
      this.#identity?.grant,
      this.#driver && linesOf(this.#driver).permissions,
    );
  }

  /**
   * Reports a lost connection of the device. The failures that follow from it are reported first: the end of a run
   * after its last samples, and the answers to calls.
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
    load: async ({ file, kept, describe = true }) => {
      this.#file = file;
      this.#driver = await this.#load(file, kept);
      return describe ? describeDriver(this.#driver) : null;
    },

    check_params: ({ params: raw, attempt }) => {
      const driver = this.#loaded();
      return Promise.resolve(checkedParams(driver, parseInput(driver.params, raw, attempt)));
    },

    check_options: ({ options, attempt }) => Promise.resolve(parseInput(this.#loaded().options, options, attempt)),

    create: ({ params, check, ...identity }) => {
      const driver = this.#loaded();
      this.#identity = identity;
      const deviceId = identity.device_id;
      if (identity.transcript) {
        const { transcript = () => {}, warn = () => {} } = this.#output;
        this.#transcript = new Transcript(transcript, warn);
      }
      this.#runs = runsOf(driver, identity, this.#lock, this.#output, (thrown) => this.errorOf(thrown));
      const valid = parseInput(driver.params, params, `Cannot create "${deviceId}"`);
      // Before the driver has its params: it may change them.
      const checked = check && { checked: checkedAgain(driver, valid) };
      const device = driver.create(valid);
      this.#device = device;
      this.#calls = new MethodCalls({
        driver,
        device: () => this.#created(),
        deviceId,
        lock: this.#lock,
        fence: this.fence,
      });
      const misspelt = misspeltFunctions(device).map(({ found, meant }) => `${found}() (did you mean ${meant}?)`);
      const problem = `Its driver's device has ${misspelt.join(", ")}, which the host does not call`;
      if (misspelt.length > 0) this.#output.warn?.("MisspeltFunction", problem);
      return Promise.resolve({ streams: canStream(device), safe: typeof device.safe === "function", ...checked });
    },

    connect: async ({ fence }, signal) => {
      const connecting = this.#lock.work(async (signal) => {
        this.fence.assertCurrent(fence, `Cannot connect "${this.#id}"`);
        const device = this.#created();
        await device.connect?.(signal);
        return device.describeSample?.();
      }, signal);
      this.#connecting = connecting.then(() => {}, () => {}).finally(() => this.#connecting = undefined);
      const sample = await connecting;
      this.#isConnected = true;
      this.#transcript?.connected();
      return sample ? { sample } : null;
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

    get: async (input, signal, events) => await this.#properties.get(input, signal, events),

    set: async (input, signal, events) => await this.#properties.set(input, signal, events),

    start: async ({ options, read, fence }) => {
      if (this.#runs?.isRunning) return null;
      this.fence.assertCurrent(fence, `Cannot start streaming "${this.#id}"`);
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
      await withLimit(limit, signal, async (limited) => {
        try {
          await this.#runs?.stop(limit);
        } finally {
          // A run that failed at its stop has ended too. One that continues is ended with its process.
          if (!this.#runs?.isRunning) await this.#close(limit, limited);
        }
      });
      return null;
    },

    // A process answers this itself; an inline host has no use of its own.
    ping: () => Promise.resolve({ memory: 0, cpu: 0, at: 0 }),
  };

  /**
   * The daemon has died, or no longer needs the process: makes an instrument that is still open safe, if that was asked
   * for or it is leased, and closes it. Never rejects.
   */
  async shutDown({ safeMs, closeMs }: { safeMs: number; closeMs: number }): Promise<void> {
    const { signal } = new AbortController();
    const isAsked = this.#identity?.safe_on_shutdown || this.fence.isLeased;
    if (isAsked && this.#isConnected && this.#device?.safe) {
      await deadline(this.#makeSafe("the daemon has ended", safeMs, signal), safeMs).catch(() => {});
    }
    await deadline(this.handle("disconnect", { limit: closeMs }, signal), closeMs).catch(() => {});
  }

  async #makeSafe(reason: string, limitMs: number, signal: AbortSignal): Promise<void> {
    await makeSafe(this.#created(), `${this.#id}`, this.#lock, { reason, limitMs, signal });
  }

  async #close(limitMs: number, signal: AbortSignal): Promise<void> {
    const device = this.#device;
    this.#device = undefined;
    try {
      await disconnectDevice(device, `${this.#id}`, this.#lock, {
        limitMs,
        signal,
        connecting: () => this.#connecting,
      });
    } finally {
      this.#transcript?.flush();
    }
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
