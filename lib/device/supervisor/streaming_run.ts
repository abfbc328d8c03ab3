import { type Notifier, Watchdog } from "../../async/mod.ts";
import { LabError } from "../../errors.ts";
import type { JsonSchema } from "../../wire/driver.ts";
import type { DeviceParts } from "./device_parts.ts";

/** The shortest silence of a stream that is a finding, at any rate. */
const MIN_SILENCE_MS = 10_000;

/** The shortest silence that is a finding, for a stream of unknown period. */
const UNKNOWN_PERIOD_SILENCE_MS = 30_000;

/** A stream that is silent for so many of its periods has stalled. */
const SILENT_PERIODS = 3;

/** The type of the warning of a stream that is silent. */
const SILENT = "StreamSilent";

/** The progress of one streaming run, from the request to start it until its end. */
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
  readonly #silence: Watchdog;
  readonly #warn: (type: string, message: string | null) => void;
  #isSilent = false;

  /**
   * @param device Its `changes` are notified when the run ends by itself.
   * @param periodMs The period of the run's samples, in milliseconds, if that is known.
   * @param warn Sets the warning that the stream is silent, or removes it.
   */
  constructor(
    { id, settings: { limits: { stopMs, sampleTimeoutMs } }, changes }: Pick<
      DeviceParts,
      "id" | "settings" | "changes"
    >,
    periodMs: number | undefined,
    warn: (type: string, message: string | null) => void,
  ) {
    this.stopLimitMs = stopMs;
    this.#changes = changes;
    this.#warn = warn;
    this.#watchdog = new Watchdog(sampleTimeoutMs, () => this.endWith(stalled(id, sampleTimeoutMs)));
    const silenceMs = periodMs ? Math.max(MIN_SILENCE_MS, SILENT_PERIODS * periodMs) : UNKNOWN_PERIOD_SILENCE_MS;
    this.#silence = new Watchdog(silenceMs, () => {
      this.#isSilent = true;
      const rate = periodMs ? `, and samples are due every ${duration(periodMs)}` : "";
      warn(SILENT, `it streams and has sent no sample for ${duration(silenceMs)}${rate}`);
    });
  }

  /** The device streams. @returns true at the first call, if the run is not over before. */
  started(): boolean {
    if (!this.#isStarting) return false;
    this.#isStarting = false;
    this.#watchdog.start();
    this.#silence.start();
    return true;
  }

  /** A sample has arrived. */
  sampled(): void {
    this.#watchdog.reset();
    this.#silence.reset();
    if (!this.#isSilent) return;
    this.#clearWarning();
    this.#silence.start();
  }

  /** The run is over without a stop. The first error counts. */
  endWith(error: unknown): void {
    this.end ??= { error };
    this.#changes.notify();
  }

  /** Marks the run as ending: nothing but its end is expected any more. */
  close(): void {
    this.#isStarting = false;
    this.#watchdog.stop();
    this.#silence.stop();
    this.#clearWarning();
  }

  /** The silence is over. */
  #clearWarning(): void {
    if (this.#isSilent) this.#warn(SILENT, null);
    this.#isSilent = false;
  }
}

/** The period of samples with these options of a run, in milliseconds, if its driver has an option `sample_rate`. */
export function periodOf(options: Record<string, unknown>, schema: JsonSchema): number | undefined {
  const { properties } = schema as { properties?: Record<string, { default?: unknown }> };
  const rate = options.sample_rate ?? properties?.sample_rate?.default;
  return typeof rate === "number" && rate > 0 ? 1000 / rate : undefined;
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
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
