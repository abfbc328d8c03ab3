/**
 * The contract between a driver and its host. An author can work from these comments alone.
 *
 * The host calls a driver in this order:
 *
 * 1. `permissions(params)`, in a process without any permission. The device's process gets what it returns, as far as the
 *    bench file grants it.
 * 2. `create(params)`, once, in a process of the device's own.
 * 3. `connect(signal)`, once: it opens the instrument.
 * 4. The streaming functions, run after run, as often as streaming starts. Methods are called, and properties read and
 *    set, before, between and during the runs.
 * 5. `safe(reason, signal)`, before `disconnect` if the connection ends by a failure, and at any time on request.
 * 6. `disconnect(signal)`: it closes the instrument, also after `connect` or a stream has failed.
 * 7. The process ends. A new connection begins at 1 with a new process.
 *
 * An error that `connect` or a stream throws ends the connection: the host reports it, waits, and connects again for as
 * long as the device is to be connected. A driver therefore needs no retry, no reconnect, and no `catch` that only logs.
 * An error that a method or a property throws goes to its caller and ends nothing.
 *
 * The loss of a connection that the driver opened with this package ends the device's connection at once, also while no request
 * uses it, and also when a method's query was not answered. `watchConnection()` does the same for an SDK's connection.
 *
 * A class that a script registers runs in the script's process; the order and the promises are the same.
 *
 * @module
 */
import type { z } from "zod";
import type { Lost } from "../async/mod.ts";
import type { JsonSchema, Permissions } from "../wire/driver.ts";
import type { MethodDefinition, ObjectSchema } from "./method.ts";
import type { PropertyDefinition } from "./property.ts";
import type { SampleBlock, Stamped } from "./timed.ts";

type MaybePromise<T> = T | Promise<T>;

/**
 * A value of a stream: a sample, the number of samples that the instrument itself has lost before the next one, or samples
 * with times of the instrument's clock, see `stamped` and `block`.
 *
 * @example A buffer that reports its overrun
 * ```ts
 * import { Lost, type Yield } from "labdaemon/driver";
 *
 * function* samples({ overrun, values }: { overrun: number; values: number[] }): Generator<Yield<number>> {
 *   if (overrun > 0) yield new Lost(overrun);
 *   yield* values;
 * }
 * console.assert([...samples({ overrun: 3, values: [1, 2] })].length === 3);
 * ```
 */
export type Yield<Sample> = Sample | Lost | Stamped<Sample> | SampleBlock;

/**
 * The functions of one device that the host calls. All are optional: the absence of a function means that the device cannot
 * do it. A device streams if it has `stream`, or `startStreaming` with `stopStreaming` and `isStreaming`, or `read`; the
 * host uses the first of these.
 *
 * @example A thermometer that the host reads
 * ```ts
 * import type { DeviceFunctions } from "labdaemon/driver";
 *
 * class Thermometer implements DeviceFunctions<{ sample_rate: number }, number> {
 *   #celsius = 0;
 *   connect() {
 *     this.#celsius = 21.5;
 *   }
 *   read() {
 *     return this.#celsius;
 *   }
 * }
 * const thermometer = new Thermometer();
 * thermometer.connect();
 * console.assert(thermometer.read() === 21.5);
 * ```
 */
export interface DeviceFunctions<Options, Sample> {
  /**
   * Opens the instrument. Called once, before all functions below. Reject if the instrument cannot be reached: the host
   * tries again after a growing delay. The signal aborts when the device is no longer to be connected, or after the
   * connect limit (10 s by default).
   */
  connect?(signal: AbortSignal): MaybePromise<void>;

  /**
   * Closes the instrument. Called as the last function, also after `connect` rejected: there may be nothing to close.
   * Called once; a second time if a `connect` that ignored its signal has ended only after it. The signal aborts at the
   * stop limit (5 s by default); a process that has not closed the instrument by then is killed. An error is logged and
   * has no other effect.
   */
  disconnect?(signal: AbortSignal): MaybePromise<void>;

  /**
   * Brings the instrument into a state in which it may be left alone: outputs off, heaters off, motion stopped. `reason`
   * is a text for people. It may be called again while the instrument is safe already, and must do no harm then.
   *
   * Called only while the instrument is connected: on a person's request (`POST /safe`); when a failure ends the
   * connection, before `disconnect`; and when the daemon ends, if the bench file says `safe_on_shutdown`. The signals of
   * the methods that run or wait abort first. The host waits for them for a second, then calls `safe` beside them. A
   * stream continues. The signal aborts at the stop limit (5 s by default), and the host goes on then.
   *
   * If it rejects, the instrument is reported as not safe; nothing else follows. It is not called when the driver's process
   * has died or hangs, or the machine loses its power: it is no safety function of a machine. What must be safe then needs
   * a guard in hardware.
   */
  safe?(reason: string, signal: AbortSignal): MaybePromise<void>;

  /**
   * The JSON Schema of one sample of this device, where it depends on the instrument or the params: it takes the place of
   * the driver's `sample`, for documentation and plots. `undefined`: the driver's holds. Called once, after `connect` has
   * resolved; an error is one of `connect`.
   */
  describeSample?(): JsonSchema | undefined;

  /**
   * Yields sample after sample until the signal aborts. Called once for each run, outside the device's lock. The host takes
   * the next sample as soon as it has encoded the last, so the driver's own waiting sets the rate: use
   * `every(1000 / sample_rate, signal)`. Yield `new Lost(n)` where the instrument reports an overrun, `stamped(time, value)`
   * where it says when a value was taken, and `block({ t0, dt, values })` where it gives many values at once.
   *
   * Yield a new object or array each time: if the driver runs in the daemon's process, a callback there gets the very value.
   *
   * If it returns before the signal aborts, the run ends and the device stays connected. If it throws, the connection ends;
   * the host connects again and starts a new run. If it has not returned at the stop limit (5 s by default) after the
   * signal aborted, its process is killed.
   */
  stream?(signal: AbortSignal, options: Options): AsyncIterable<Yield<Sample>>;

  /**
   * Starts to push each sample to `callback(data)`, from any thread or event of the SDK, and resolves once that has
   * started. Never called while a run is on. The callback returns at once and never throws; samples that come while the
   * daemon does not keep up are counted as lost, and samples after the stop are dropped.
   */
  startStreaming?(callback: (data: Yield<Sample>) => void, options: Options): MaybePromise<void>;

  /**
   * Stops pushing within `timeoutMs` milliseconds. No sample may arrive after it resolves. Called once for each start, also
   * after the push has ended by itself.
   */
  stopStreaming?(timeoutMs: number): MaybePromise<void>;

  /**
   * True exactly as long as the push runs. The host calls it every second during a run. If it returns `false` there, the
   * push has ended by itself, which the host treats as a failure of the stream.
   */
  isStreaming?(): boolean;

  /**
   * Reads one sample. The host calls it `sample_rate` times a second (an option of that name; 1 Hz without it), under the
   * device's lock, so never at the same time as a method. The signal aborts when the run ends, or when the read is late:
   * after the call limit (30 s by default) or three periods, whichever is longer. A late read ends the connection.
   */
  read?(signal: AbortSignal): MaybePromise<Yield<Sample>>;
}

/**
 * The default export of a driver file, made by `defineDriver`.
 *
 * @example
 * ```ts
 * import { defineDriver, type Driver } from "labdaemon/driver";
 *
 * const driver: Driver = defineDriver({ name: "Camera", arrays: "base64", create: () => ({}) });
 * console.assert(driver.arrays === "base64" && Object.keys(driver.methods).length === 0);
 * ```
 */
export interface Driver {
  /** The device type, which bench files and requests use. */
  readonly name: string;
  readonly summary: string;
  readonly params: ObjectSchema;
  readonly options: ObjectSchema;
  /** The schema of one sample, for documentation and plots. Samples are not validated against it. */
  readonly sample?: z.ZodType;
  readonly arrays: ArrayEncoding;
  permissions(params: Record<string, unknown>): Permissions;
  /** The name of the thing that the device shares with others. Devices with the same name live in one process. */
  bus?(params: Record<string, unknown>): string | undefined;
  create(params: Record<string, unknown>): DeviceFunctions<Record<string, unknown>, unknown>;
  readonly methods: Readonly<Record<string, MethodDefinition<unknown>>>;
  /** In the order of declaration, in which a snapshot is restored. */
  readonly properties: Readonly<Record<string, PropertyDefinition<unknown>>>;
}

/** The encoding of typed arrays: JSON numbers, or `{dtype, shape, base64}`, which costs a tenth and is bit-exact. */
export type ArrayEncoding = "json" | "base64";
