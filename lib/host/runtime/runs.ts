import { deadline, DeadlineError, type Mutex } from "../../async/mod.ts";
import { type Driver, LabError } from "../../driver/mod.ts";
import { SampleWriter } from "../../stream/sample_writer.ts";
import type { SampleSink } from "../../stream/sink_queue.ts";
import { waveformForm } from "../../stream/timed/waveform_form.ts";
import type { DeviceIdentity, TranscriptEntry } from "../protocol/protocol.ts";
import { jsonSchema } from "./describe.ts";
import { linesOf } from "./driver_file/driver_lines.ts";
import { type DeclaredStream, StreamCheck, type Warn } from "./stream_check.ts";
import { type DeviceObject, streamRun } from "./stream_run.ts";

/** The events of a runtime. */
export interface RuntimeOutput extends SampleSink {
  /** The run ended and was not stopped. */
  ended(error: LabError | null): void;
  /** The connection to the instrument is lost, and no run has ended by it. */
  disconnected(error: LabError): void;
  /** The bytes that the connections of a device with a transcript have carried. */
  transcript?(entries: TranscriptEntry[]): void;
  /** The driver does something that it does not declare; with `null`, no longer. */
  warn?: Warn;
}

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
  readonly #declared: Omit<DeclaredStream, "rate">;
  readonly #output: RunsOutput;
  /** The findings of all runs that are reported and not over. */
  readonly #reported = new Set<string>();
  #run: Run | undefined;

  constructor(
    deviceId: string,
    writer: SampleWriter,
    lock: Mutex,
    declared: Omit<DeclaredStream, "rate">,
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
   * Stops the run, if there is one. Resolves when the run has ended and its samples have been sent. Rejects with an
   * error of its end.
   *
   * @throws {LabError} `DeviceTimeout`, if the run has not ended after `limitMs` milliseconds.
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

/** The runs of a device. Their samples go to the output, and are compared with the driver's declaration. */
export function runsOf(
  driver: Driver,
  { device_id: deviceId, epoch, next_sequence: sequence, arrays }: DeviceIdentity,
  lock: Mutex,
  output: RuntimeOutput,
  errorOf: RunsOutput["errorOf"],
): Runs {
  const { sample } = driver;
  const waveforms = sample && waveformForm(jsonSchema(sample));
  const writer = new SampleWriter({ deviceId, epoch, arrays: arrays ?? driver.arrays, waveforms }, sequence, output);
  return new Runs(deviceId, writer, lock, { sample, waveforms, lines: linesOf(driver) }, {
    errorOf,
    ended: (error) => output.ended(error),
    warn: (type, message) => output.warn?.(type, message),
  });
}
