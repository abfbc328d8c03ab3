import { deadline, DeadlineError, type Mutex } from "../../async/mod.ts";
import { LabError } from "../../driver/mod.ts";
import type { SampleWriter } from "../../stream/sample_writer.ts";
import { type Declared, StreamCheck, type Warn } from "./stream_check.ts";
import { type DeviceObject, streamRun } from "./stream_run.ts";

/** A streaming run that has not ended. */
interface Run {
  stop: AbortController;
  /** The limit of its stop, in milliseconds; infinite until the stop. */
  limitMs: number;
  done: Promise<void>;
}

/** The part of the runtime that {@linkcode Runs} needs. */
export interface RunsOutput {
  /** Anything that the driver threw, as a `LabError`. */
  errorOf(thrown: unknown): LabError;
  /** The run ended and was not stopped. */
  ended(error: LabError | null): void;
  /** The run gives something else than its driver declares; with `null`, no longer. */
  warn: Warn;
}

/** A device's streaming runs, one at a time. */
export class Runs {
  readonly #deviceId: string;
  readonly #writer: SampleWriter;
  readonly #lock: Mutex;
  readonly #declared: Omit<Declared, "rate">;
  readonly #output: RunsOutput;
  /** The findings of all runs that are reported and not over. */
  readonly #reported = new Set<string>();
  #run: Run | undefined;

  constructor(
    deviceId: string,
    writer: SampleWriter,
    lock: Mutex,
    declared: Omit<Declared, "rate">,
    output: RunsOutput,
  ) {
    this.#deviceId = deviceId;
    this.#writer = writer;
    this.#lock = lock;
    this.#declared = declared;
    this.#output = output;
  }

  /** True while a run has not ended. */
  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** Resolves when the run has ended and its end was reported, or at once without a run. */
  get ended(): Promise<void> {
    return this.#run?.done.catch(() => {}) ?? Promise.resolve();
  }

  /**
   * Starts a run; only while there is none. Resolves once the device streams, and rejects if the run ends before that.
   */
  start(device: DeviceObject, options: Record<string, unknown>, readLimitMs: number): Promise<void> {
    const { promise: running, resolve, reject } = Promise.withResolvers<void>();
    let hasStarted = false;
    const run: Run = { stop: new AbortController(), limitMs: Infinity, done: Promise.resolve() };
    const ended = streamRun(device, options, this.#writer, {
      signal: run.stop.signal,
      stopLimitMs: () => run.limitMs,
      readLimitMs,
      lock: this.#lock,
      check: new StreamCheck({ ...this.#declared, rate: options.sample_rate }, this.#reported, this.#output.warn),
      started: () => {
        hasStarted = true;
        resolve();
      },
    });
    run.done = ended.then(() => null, (thrown) => this.#output.errorOf(thrown)).then(async (error) => {
      await this.#writer.flush();
      this.#run = undefined;
      if (!hasStarted) reject(error ?? new Error("the stream ended before it started"));
      else if (!run.stop.signal.aborted) this.#output.ended(error);
      else if (error) throw error;
    });
    // stop() reports the error.
    run.done.catch(() => {});
    this.#run = run;
    return running;
  }

  /**
   * Stops the run, if there is one. Resolves when it has ended and its samples have been sent; rejects with an error of
   * its end.
   *
   * @throws {LabError} `DeviceTimeout`, if it still runs after `limitMs` milliseconds.
   */
  async stop(limitMs: number): Promise<void> {
    if (!this.#run) return;
    this.#run.limitMs = limitMs;
    this.#run.stop.abort(new DOMException("the stream was stopped", "AbortError"));
    await deadline(this.#run.done, limitMs).catch((error) => {
      if (!(error instanceof DeadlineError)) throw error;
      throw new LabError(
        "DeviceTimeout",
        `Cannot stop streaming "${this.#deviceId}": its stream still runs ${limitMs} ms after its stop`,
      );
    });
  }
}
