import { getLogger } from "@logtape/logtape";
import { LabError, messageOf } from "../errors.ts";
import type { StreamLog } from "../stream/mod.ts";
import type { DeviceDataEvent, GapEvent } from "../wire/events.ts";
import type { LocalReaders } from "./local_reader.ts";
import type { ActualState } from "./supervisor/actual_state.ts";

/**
 * A local consumer of samples.
 *
 * @param data The sample as the driver yielded it: the same value, if the driver runs in this process. From a driver's
 * own process, the sample as JSON carries it, with typed arrays kept as typed arrays.
 * @param event The event that carried the sample.
 * @returns anything; a promise is awaited before the next call.
 *
 * @example A callback gets the values that the driver yielded
 * ```ts
 * import { type Callback, LabDaemon } from "labdaemon";
 *
 * class Scope {
 *   read = () => new Float64Array([0.5, NaN]);
 * }
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Scope } });
 * const scope = await daemon.addDevice("scope1", "Scope");
 * await scope.connect();
 * const trace = Promise.withResolvers<unknown>();
 * const callback: Callback = (data, { sequence }) => {
 *   if (sequence === 0) trace.resolve(data);
 * };
 * await scope.startStreaming(callback);
 * console.assert(await trace.promise instanceof Float64Array);
 * ```
 */
export type Callback = (data: unknown, event: DeviceDataEvent) => unknown;

const logger = getLogger(["labdaemon", "device"]);

/** The one callback of a device. Its failures are in the log, and become the device's last error. */
export class LocalCallback {
  readonly #id: string;
  readonly #log: StreamLog;
  readonly #readers: LocalReaders;
  readonly #actual: ActualState;
  #end: AbortController | undefined;

  constructor(log: StreamLog, readers: LocalReaders, actual: ActualState) {
    this.#id = log.deviceId;
    this.#log = log;
    this.#readers = readers;
    this.#actual = actual;
  }

  /** Begins to call `callback`, unless another callback is set. */
  begin(callback: Callback): void {
    if (this.#end) return;
    this.#end = new AbortController();
    this.#deliver(callback, this.#end.signal);
  }

  /** Ends the calls. */
  end(): void {
    this.#end?.abort();
    this.#end = undefined;
  }

  /**
   * Gives the callback each sample from now on, one after the other: the next sample comes when the callback's promise
   * has settled. The callback runs beside the device, never under its lock, so a slow callback blocks no command.
   */
  async #deliver(callback: Callback, signal: AbortSignal): Promise<void> {
    using reader = this.#readers.add(this.#log.cursor());
    try {
      for await (const event of reader.events(signal)) {
        if (event.event === "gap") this.#reportGap(event);
        if (event.event !== "device_data") continue;
        try {
          await callback(event.payload, event);
        } catch (error) {
          this.#reportFailure(error);
        }
      }
    } catch (error) {
      this.#reportFailure(error);
    }
  }

  #reportFailure(cause: unknown): void {
    const message = `The callback of "${this.#id}" failed: ${messageOf(cause)}`;
    const error = new LabError("DriverError", message, { type: "CallbackError", origin: "callback", cause });
    this.#actual.lastError = error;
    logger.error("{device_id}: {error}", { device_id: this.#id, error_type: error.type, error: message });
  }

  #reportGap({ lost, reason }: GapEvent): void {
    const facts = { device_id: this.#id, lost, reason };
    logger.warn("{device_id}: the local callback missed {lost} samples ({reason})", facts);
  }
}
