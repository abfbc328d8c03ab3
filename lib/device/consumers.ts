import { getLogger } from "@logtape/logtape";
import { LabError, messageOf } from "../errors.ts";
import type { StreamLog } from "../stream/mod.ts";
import { type Callback, collect } from "./collector.ts";
import type { Supervisor } from "./supervisor.ts";

/** How a reader comes. */
export interface ReaderOptions {
  /** Options of the run, if this reader starts it. */
  options?: Record<string, unknown>;
  /** It has come back by itself and does not undo a person's stop. */
  waits?: boolean;
  /** Called when an explicit stop, or the device's removal, ends the device's streams. */
  onStop?: () => void;
}

const logger = getLogger(["labdaemon", "device"]);

/** Who takes a device's samples: its readers, and one local callback. */
export class Consumers {
  readonly #id: string;
  readonly #log: StreamLog;
  readonly #options: Record<string, unknown>;
  readonly #supervisor: Supervisor;
  readonly #ends = new Set<() => void>();
  /** How often it was told to stop, or to disconnect. */
  #stops = 0;
  #endCollecting: (() => void) | undefined;

  /** @param options Those of a run whose starter says nothing. */
  constructor(id: string, log: StreamLog, options: Record<string, unknown>, supervisor: Supervisor) {
    this.#id = id;
    this.#log = log;
    this.#options = options;
    this.#supervisor = supervisor;
  }

  async start(callback: Callback | undefined, given: Record<string, unknown>): Promise<void> {
    const attempt = `Cannot start streaming "${this.#id}"`;
    this.#supervisor.assertCanStream(attempt);
    const stops = this.#stops;
    const options = await this.#check(given, attempt);
    this.#supervisor.assertCanStream(attempt);
    // A stop that came meanwhile was asked for later than this start.
    if (stops !== this.#stops) return;
    this.#supervisor.demand.propose(options);
    // A callback belongs to its run: one that is left over from a run that ended by itself makes way.
    if (!this.#supervisor.demand.active) this.#removeCallback();
    if (callback) this.#endCollecting ??= this.#collect(callback);
    this.#supervisor.demand.start();
    await this.#supervisor.started();
  }

  async stop(timeout: number): Promise<void> {
    if (!(timeout >= 0 && timeout < Infinity)) {
      throw new LabError(
        "InvalidRequest",
        `Cannot stop streaming "${this.#id}": the timeout must be a finite number of ms from 0, found ${timeout}`,
      );
    }
    this.endCallback();
    await this.#supervisor.stop(timeout);
    this.endReaders();
  }

  async read({ options = {}, waits = false, onStop }: ReaderOptions): Promise<() => void> {
    const { demand } = this.#supervisor;
    demand.propose(await this.#check(options, `Cannot stream "${this.#id}"`));
    const leave = demand.addReader({ waits });
    if (onStop) this.#ends.add(onStop);
    return () => {
      if (onStop) this.#ends.delete(onStop);
      leave();
    };
  }

  /** Nothing reaches the callback any more, and a start that is still being checked does not start. */
  endCallback(): void {
    this.#stops++;
    this.#removeCallback();
  }

  /** Ends the streams of readers that want to know of a stop. */
  endReaders(): void {
    for (const end of [...this.#ends]) end();
  }

  #removeCallback(): void {
    this.#endCollecting?.();
    this.#endCollecting = undefined;
  }

  async #check(given: Record<string, unknown>, attempt: string): Promise<Record<string, unknown>> {
    const options = { ...this.#options, ...given };
    if (Object.keys(given).length) await this.#supervisor.desired.plan.source.checkOptions(options, attempt);
    return options;
  }

  #collect(callback: Callback): () => void {
    const device = this.#id;
    return collect(this.#log.cursor(), callback, {
      failed: (cause) => {
        const message = `The callback of "${device}" failed: ${messageOf(cause)}`;
        const error = new LabError("DriverError", message, { type: "CallbackError", origin: "callback", cause });
        this.#supervisor.actual.lastError = error;
        logger.error("{device_id}: {error}", { device_id: device, error_type: error.type, error: message });
      },
      lost: ({ lost, reason }) =>
        logger.warn("{device_id}: the local callback missed {lost} samples ({reason})", {
          device_id: device,
          lost,
          reason,
        }),
    });
  }
}
