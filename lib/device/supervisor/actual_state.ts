import { getLogger } from "@logtape/logtape";
import { now, timestamp } from "../../async/clock.ts";
import { type Notifier, Outcome } from "../../async/mod.ts";
import { type LabError, shortened } from "../../errors.ts";
import type { StreamLog } from "../../stream/mod.ts";
import type { DeviceState, InstrumentClockStatus, StateReason } from "../../wire/device.ts";
import type { JsonSchema } from "../../wire/driver.ts";
import { plainLine } from "../../format/plain_line.ts";
import type { DeviceLines } from "./device_lines.ts";
import { DeviceWarnings } from "./device_warnings.ts";
import { errorFrame, stateFrame } from "./state_events.ts";

/** The reason for which a device enters a state. */
export interface StateCause {
  error?: LabError;
  /** Time until the next attempt to connect, in milliseconds. */
  retryInMs?: number;
  reason?: StateReason;
  /** True for a state that is passed through on the way to a new version of the driver: it is not reported. */
  silent?: boolean;
}

/** A longer line of the device's log is cut. */
const MAX_LINE_CHARS = 2_000;

const logger = getLogger(["labdaemon", "device"]);

/** The state of a device. Reports each change to the device's readers, to the log, and to waiting code. */
export class ActualState {
  /** The number of times that the device was connected again after a failure. */
  restarts = 0;
  /** True if the driver has a stream; `null` until the device was connected once. */
  canStream: boolean | null = null;
  /** The schema of the samples that the connected device gave; `null` if the driver's schema applies. */
  sample: JsonSchema | null = null;
  /** The instrument's clock beside the host's; `null` where the driver gives no times. */
  instrumentClock: InstrumentClockStatus | null = null;
  /** The warnings about the driver: it does something that it does not declare. */
  readonly warnings: DeviceWarnings;
  /** True if the driver has a safe function; `null` until the device was connected once. */
  canMakeSafe: boolean | null = null;
  /** The last failure, until it is cleared. */
  lastError: LabError | undefined;
  /** The outcome of the current or next attempt to connect. */
  readonly attempt = new Outcome();
  readonly #id: string;
  readonly #log: StreamLog;
  readonly #lines: DeviceLines;
  readonly #changes: Notifier;
  #state: DeviceState = "disconnected";
  #since = timestamp();
  #retryAt: string | null = null;

  /**
   * @param lines Gets a line of each change, too.
   * @param changes Notified of each change.
   */
  constructor(id: string, log: StreamLog, lines: DeviceLines, changes: Notifier) {
    this.#id = id;
    this.#lines = lines;
    this.warnings = new DeviceWarnings(id);
    this.#log = log;
    this.#changes = changes;
    this.#notifyReaders({});
  }

  get state(): DeviceState {
    return this.#state;
  }

  /** When the device entered its state. */
  get since(): string {
    return this.#since;
  }

  /** When the next attempt to connect is due, if one is. */
  get retryAt(): string | null {
    return this.#retryAt;
  }

  /** Enters a state. Does nothing if the device is in that state already and there is nothing new to report. */
  enter(state: DeviceState, details: StateCause = {}): void {
    const { error, retryInMs, silent, reason } = details;
    if (state === this.#state && !error && !reason) return;
    this.#state = state;
    this.#since = timestamp();
    this.#retryAt = retryInMs === undefined ? null : timestamp(now() + retryInMs);
    if (error) {
      this.lastError = error;
      this.#log.notify(errorFrame(this.#id, error));
    }
    if (!silent) {
      this.#notifyReaders(details);
      this.#write(details);
    }
    if (state === "connected") this.attempt.succeed();
    else if (error) this.attempt.fail(error);
    this.#changes.notify();
  }

  /** A failure that leaves the state as it is: a sample was lost. */
  report(error: LabError): void {
    error.failureSource = "driver";
    this.lastError = error;
    this.#log.notify(errorFrame(this.#id, error));
    this.#lines.add({ level: "warning", from: "daemon", text: error.message });
    logger.warn("{device_id}: {error}", { device_id: this.#id, error_type: error.type, error: error.message });
  }

  /** The instrument is being made safe. */
  logSafe(reason: string): void {
    this.#lines.add({ level: "warning", from: "daemon", text: `make safe: ${reason}` });
    logger.warn("{device_id}: make safe: {reason}", { device_id: this.#id, reason });
  }

  #notifyReaders({ error, retryInMs, reason }: StateCause): void {
    const { restarts } = this;
    this.#log.notifyState(stateFrame(this.#id, this.#state, { error, retryInMs, reason, restarts }));
  }

  #write({ error, retryInMs, reason }: StateCause): void {
    const why = reason ? ` (${reason})` : "";
    const facts = { device_id: this.#id, state: this.#state, ...reason && { reason } };
    // A device connects for a moment only: the state that follows is the news.
    const level = this.#state === "connecting" ? "debug" : "info";
    const next = retryInMs === undefined ? "" : `, next try in ${(retryInMs / 1000).toFixed(1)} s`;
    const found = error && `${next}: ${error.message}`;
    const line = plainLine(`${this.#state}${why}${found ?? ""}`);
    this.#lines.add({ level: error ? "warning" : level, from: "daemon", text: shortened(line, MAX_LINE_CHARS) });
    if (!error) return logger[level](`{device_id}: {state}${why}`, facts);
    logger.warn(`{device_id}: {state}${why}${next}: {error}`, {
      ...facts,
      ...retryInMs !== undefined && { retry_in: Math.round(retryInMs) / 1000 },
      error_type: error.type,
      error: error.message,
    });
  }
}
