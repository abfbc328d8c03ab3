/**
 * What a driver is, and what its host promises. An author can work from these comments alone.
 *
 * A device's life, as the driver sees it:
 *
 * 1. `permissions(params)` is asked once, in a process without any. What it names is what the driver gets, and no more.
 * 2. `create(params)` is called once in a process of the device's own.
 * 3. `connect(signal)` opens the instrument.
 * 4. Streaming starts and stops as often as somebody wants it; methods are called in between and meanwhile.
 * 5. `disconnect()` closes the instrument, also after `connect` or the stream failed.
 * 6. The process ends. To connect again, the host begins at 1 with a new process.
 *
 * Whatever throws, at any point, ends this life: the host reports it, waits, and begins a new one for as long as the
 * device is wanted. A driver therefore needs no retry, no reconnect, and no `catch` that only logs.
 *
 * @module
 */
import type { z } from "zod";
import type { Lost } from "../async/mod.ts";
import type { Permissions } from "../wire/driver.ts";

/** A schema of named values. What reaches the driver is its output: validated, with defaults filled in. */
export type ObjectSchema = z.ZodObject;

type MaybePromise<T> = T | Promise<T>;

/** What a driver yields: a sample, or word of samples that the instrument itself has lost. */
export type Yield<Sample> = Sample | Lost;

/**
 * The functions of one device that the host calls. All are optional: what is absent the device cannot do. A device
 * streams if it has `stream`, or `startStreaming` with its two companions, or `read`; the first of these is used.
 */
export interface DeviceFunctions<Options, Sample> {
  /**
   * Opens the instrument. Called once, before anything below. Reject when it cannot be reached: the host tries again
   * with growing pauses. The signal aborts when the device is no longer wanted or the time limit (10 s unless the bench
   * file says otherwise) is over.
   */
  connect?(signal: AbortSignal): MaybePromise<void>;

  /**
   * Closes the instrument. Called once per life, last, also after `connect` rejected; it may find nothing to close.
   * What it throws is logged and changes nothing.
   */
  disconnect?(signal: AbortSignal): MaybePromise<void>;

  /**
   * Yields one sample after the other until the signal aborts. Called once for each run, outside the device's lock. The
   * host takes the next sample as soon as it has encoded the last, so whatever waits inside sets the rate: use
   * `every(1000 / sample_rate, signal)`. Yield `new Lost(n)` where the instrument reports an overrun.
   *
   * Returning before the signal aborts ends the run: the device stays connected. Throwing ends the connection: the
   * host reconnects and starts a new run. A stream that does not return within the stop limit (5 s) after the signal
   * has its process ended.
   */
  stream?(signal: AbortSignal, options: Options): AsyncIterable<Yield<Sample>>;

  /**
   * Starts to push each sample to `callback(data)`, from whatever thread or event the SDK has; resolves once started.
   * Never called while streaming. What `callback` is given after the stop is dropped.
   */
  startStreaming?(callback: (data: Yield<Sample>) => void, options: Options): MaybePromise<void>;

  /** Stops pushing within `timeout` milliseconds. After it resolves, no sample may arrive. Called once for each start. */
  stopStreaming?(timeout: number): MaybePromise<void>;

  /**
   * True exactly as long as the push really runs. Asked every second: `false` while nobody has stopped it means that the
   * run is over, and the host treats it as a failure.
   */
  isStreaming?(): boolean;

  /**
   * Reads one sample. Called `sample_rate` times a second (an option of that name; 1 Hz without it), under the device's
   * lock, so that it never meets a method halfway. One that does not return within the limit of a call (30 s unless the
   * bench file says otherwise), or three periods if that is more, is told to end, and its connection with it.
   */
  read?(signal: AbortSignal): MaybePromise<Sample>;
}

/** What a method is told besides its input. */
export interface CallContext {
  /** Aborts when the caller's time limit is over. */
  signal: AbortSignal;
}

/** One named action. `Device` is what `create` returned, `Input` the validated input. */
export interface MethodDefinition<Device, Schema extends ObjectSchema = ObjectSchema> {
  /** One line, for people. */
  summary?: string;
  /** The named arguments. Unknown ones are refused. Leave it out for a method without any. */
  input?: Schema;
  /**
   * Does it. Called under the device's lock: one method at a time, in the order of the requests. What it returns must
   * survive JSON; what it throws goes to the caller, and the device lives on.
   */
  run(device: Device, input: z.output<Schema>, context: CallContext): unknown;
}

/** What a driver file exports by default, made by `defineDriver`. */
export interface Driver {
  /** The device type: the name by which bench files and requests ask for it. */
  readonly name: string;
  readonly summary: string;
  readonly params: ObjectSchema;
  readonly options: ObjectSchema;
  /** What one sample looks like, for documentation and plots. Samples are not validated against it. */
  readonly sample?: z.ZodType;
  /** How typed arrays travel: as JSON numbers, or as `{dtype, shape, base64}`, ten times cheaper and bit-exact. */
  readonly arrays: ArrayEncoding;
  permissions(params: Record<string, unknown>): Permissions;
  create(params: Record<string, unknown>): DeviceFunctions<Record<string, unknown>, unknown>;
  readonly methods: Readonly<Record<string, MethodDefinition<unknown>>>;
}

/** How typed arrays travel on the wire. */
export type ArrayEncoding = "json" | "base64";
