import { deadline, DeadlineError, type Mutex } from "../../async/mod.ts";
import { LabError } from "../../driver/mod.ts";
import type { SampleWriter } from "../../stream/sample_writer.ts";
import { type DeviceObject, streamRun } from "./stream_run.ts";

/** A streaming run that has not ended. */
interface Run {
  stop: AbortController;
  /** How long its end may take, in milliseconds; known when it is asked for. */
  limit: number;
  done: Promise<void>;
}

/** What runs tell. */
export interface RunsOutput {
  /** Whatever the driver threw, as the error that travels. */
  errorOf(thrown: unknown): LabError;
  /** The run is over though nobody stopped it. */
  ended(error: LabError | null): void;
}

/** A device's streaming runs, one at a time. */
export class Runs {
  readonly #deviceId: string;
  readonly #writer: SampleWriter;
  readonly #lock: Mutex;
  readonly #output: RunsOutput;
  #run: Run | undefined;

  constructor(deviceId: string, writer: SampleWriter, lock: Mutex, output: RunsOutput) {
    this.#deviceId = deviceId;
    this.#writer = writer;
    this.#lock = lock;
    this.#output = output;
  }

  /** Whether there is a run that has not ended. */
  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** Begins a run; only while there is none. Resolves once the device streams, and rejects if the run ends before that. */
  start(device: DeviceObject, options: Record<string, unknown>, readLimit: number): Promise<void> {
    const { promise: running, resolve, reject } = Promise.withResolvers<void>();
    let hasBegun = false;
    const run: Run = { stop: new AbortController(), limit: Infinity, done: Promise.resolve() };
    const ended = streamRun(device, options, this.#writer, {
      signal: run.stop.signal,
      stopLimit: () => run.limit,
      readLimit,
      lock: this.#lock,
      started: () => {
        hasBegun = true;
        resolve();
      },
    });
    run.done = ended.then(() => null, (thrown) => this.#output.errorOf(thrown)).then(async (error) => {
      await this.#writer.flush();
      this.#run = undefined;
      if (!hasBegun) reject(error ?? new Error("the stream ended before it began"));
      else if (!run.stop.signal.aborted) this.#output.ended(error);
      else if (error) throw error;
    });
    // Who stops it is told.
    run.done.catch(() => {});
    this.#run = run;
    return running;
  }

  /**
   * Ends the run, if there is one. Resolves when it has ended and its samples have been sent; rejects with what it failed
   * with at its end.
   *
   * @throws {LabError} `DeviceTimeout`, if it still runs after `limit` milliseconds.
   */
  async stop(limit: number): Promise<void> {
    if (!this.#run) return;
    this.#run.limit = limit;
    this.#run.stop.abort(new DOMException("the stream was stopped", "AbortError"));
    await deadline(this.#run.done, limit).catch((error) => {
      if (!(error instanceof DeadlineError)) throw error;
      throw new LabError(
        "DeviceTimeout",
        `Cannot stop streaming "${this.#deviceId}": its stream still runs ${limit} ms after it was told to stop`,
      );
    });
  }
}
