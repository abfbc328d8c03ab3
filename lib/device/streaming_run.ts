import { type Notifier, Watchdog } from "../async/mod.ts";
import { LabError } from "../errors.ts";
import type { Limits } from "./policy.ts";

/** The progress of one streaming run, from the request to start it until it is over. */
export class StreamingRun {
  /** The time that the stop may take, in milliseconds. An explicit stop sets its own limit. */
  stopLimitMs: number;
  /** Set when the run is over without a stop; the error is `null` if the driver had no more samples. */
  end: { error: unknown } | undefined;
  /** True from the request to stop. */
  isStopping = false;
  #isStarting = true;
  readonly #changes: Notifier;
  readonly #watchdog: Watchdog;

  /** @param changes Notified when the run ends by itself. */
  constructor(deviceId: string, { stopMs, sampleTimeoutMs }: Limits, changes: Notifier) {
    this.stopLimitMs = stopMs;
    this.#changes = changes;
    this.#watchdog = new Watchdog(sampleTimeoutMs, () => this.endWith(stalled(deviceId, sampleTimeoutMs)));
  }

  /** The device streams. @returns true at the first call, if the run is not over before. */
  started(): boolean {
    if (!this.#isStarting) return false;
    this.#isStarting = false;
    this.#watchdog.start();
    return true;
  }

  /** A sample has arrived. */
  sampled(): void {
    this.#watchdog.reset();
  }

  /** The run is over without a stop. The first error counts. */
  endWith(error: unknown): void {
    this.end ??= { error };
    this.#changes.notify();
  }

  /** Nothing more is expected of the run but its end. */
  close(): void {
    this.#isStarting = false;
    this.#watchdog.stop();
  }
}

function stalled(deviceId: string, limitMs: number): LabError {
  const message = `"${deviceId}" has yielded no sample for ${limitMs / 1000} s, though its stream runs`;
  return new LabError("DriverError", message, { type: "StreamStalled", context: { device_id: deviceId } });
}

/** The error of a run that ended by itself although the device streams always. */
export function streamEnded(deviceId: string): LabError {
  const about = { type: "StreamEnded", context: { device_id: deviceId } };
  return new LabError("DriverError", `The stream of "${deviceId}" ended by itself`, about);
}
