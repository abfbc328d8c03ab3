import { getLogger } from "@logtape/logtape";
import { now, timestamp } from "../async/clock.ts";
import type { LabError } from "../errors.ts";
import type { StreamLog } from "../stream/mod.ts";
import { type DeviceState, errorFrame, stateFrame, type StateReason } from "./status.ts";

/** Why a device enters a state. */
export interface Circumstances {
  error?: LabError;
  /** Until the next try, in milliseconds. */
  retryIn?: number;
  /** Passed through on the way from one version of the driver to the next: nobody is told. */
  silent?: boolean;
  reason?: StateReason;
}

const logger = getLogger(["labdaemon", "device"]);

/** Where a device stands, told to everybody when it changes: to its readers, to the log, to whoever asks. */
export class Condition {
  readonly #id: string;
  readonly #log: StreamLog;
  readonly #changed: () => void;
  #state: DeviceState = "disconnected";
  #since = timestamp();
  #retryAt: string | null = null;
  /** How often its driver was started anew. */
  restarts = 0;
  /** The last thing that went wrong, until it is cleared. */
  lastError: LabError | undefined;

  constructor(id: string, log: StreamLog, changed: () => void) {
    this.#id = id;
    this.#log = log;
    this.#changed = changed;
    this.#notify({});
  }

  get state(): DeviceState {
    return this.#state;
  }

  /** When it entered its state. */
  get since(): string {
    return this.#since;
  }

  /** When the next try is due, if one is. */
  get retryAt(): string | null {
    return this.#retryAt;
  }

  enter(state: DeviceState, circumstances: Circumstances = {}): void {
    const { error, retryIn, silent, reason } = circumstances;
    if (state === this.#state && !error && !reason) return;
    this.#state = state;
    this.#since = timestamp();
    this.#retryAt = retryIn === undefined ? null : timestamp(now() + retryIn);
    if (error) {
      this.lastError = error;
      this.#log.notify(errorFrame(this.#id, error));
    }
    if (!silent) this.#tell(circumstances);
    this.#changed();
  }

  #tell(circumstances: Circumstances): void {
    this.#notify(circumstances);
    const { error, retryIn, reason } = circumstances;
    const why = reason ? ` (${reason})` : "";
    const facts = { device_id: this.#id, state: this.#state, ...reason && { reason } };
    // On its way a device is only for a moment: what comes of it is said next.
    const level = this.#state === "connecting" ? "debug" : "info";
    if (!error) return logger[level](`{device_id}: {state}${why}`, facts);
    const next = retryIn === undefined ? "" : `, next try in ${(retryIn / 1000).toFixed(1)} s`;
    logger.warn(`{device_id}: {state}${why}${next}: {error}`, {
      ...facts,
      ...retryIn !== undefined && { retry_in: Math.round(retryIn) / 1000 },
      error_type: error.type,
      error: error.message,
    });
  }

  #notify({ error, retryIn, reason }: Circumstances): void {
    const { restarts } = this;
    this.#log.notifyState(stateFrame(this.#id, this.#state, { error, retryIn, reason, restarts }));
  }
}
