import { backoffDelay, delay } from "../../async/mod.ts";
import { Connection } from "./connection.ts";
import type { DeviceParts } from "./device_parts.ts";
import { type Failure, isDeniedPermission } from "./failure.ts";
import type { RestartPolicy } from "./settings.ts";

/** After a connection of this length, the backoff begins again at its shortest delay. */
const SETTLED_MS = 10_000;

/**
 * Connection after connection, with pauses between them, until the loop is ended or the driver has used up its restart
 * budget.
 */
export class ReconnectLoop {
  /** The current connection; `undefined` during a pause. */
  connection: Connection | undefined;
  readonly #device: DeviceParts;
  readonly #end = new AbortController();
  /** Ends the current connection only. */
  #reconnect = new AbortController();
  /** Ends the current pause, or skips the one that follows the current connection. */
  #retry = new AbortController();

  constructor(device: DeviceParts) {
    this.#device = device;
  }

  /** True once its end was requested. */
  get isEnding(): boolean {
    return this.#end.signal.aborted;
  }

  /** Ends the connection and the loop. `reason` goes on after "because". */
  end(reason: string): void {
    this.#end.abort(new DOMException(reason, "AbortError"));
  }

  /** Skips the pause before the next connection. */
  retryNow(): void {
    this.#retry.abort();
  }

  /** Replaces the connection by a new one, with a new restart budget. */
  reconnect(): void {
    this.#reconnect.abort(new DOMException("its driver was reloaded", "AbortError"));
    this.retryNow();
  }

  /** Runs the loop. Everything is closed when it returns. */
  async run(): Promise<void> {
    const { signal } = this.#end;
    let budget = this.#newBudget();
    let isReloaded = false;
    while (!signal.aborted) {
      this.#reconnect = new AbortController();
      this.#retry = new AbortController();
      const connectionSignal = AbortSignal.any([signal, this.#reconnect.signal]);
      const reason = isReloaded ? "reloaded" : undefined;
      const connection: Connection = this.connection = new Connection(this.#device, connectionSignal, reason);
      const failure = await connection.run();
      if (failure && connection.isRefused) {
        // The lease changed while the command to connect was under way, so the driver refused it. This is no failure:
        // the loop goes on if the present owner has asked for a connection, too.
        await connection.close();
        this.connection = undefined;
        if (!this.#device.desired.isOutdated) continue;
        this.#device.desired.disconnect();
        this.#device.actual.attempt.fail(failure.error);
        return;
      }
      this.#device.desired.connectFence = undefined;
      if (connection.lastedMs > SETTLED_MS) budget.settle();
      const retryInMs = failure && budget.next(failure);
      if (failure) {
        const state = retryInMs === undefined ? "faulted" : "retrying";
        this.#device.console.flush();
        connection.enter(state, { error: failure.error, retryInMs });
      }
      await connection.close(failure);
      this.connection = undefined;
      isReloaded = !failure;
      if (!failure) budget = this.#newBudget();
      else if (retryInMs === undefined) return;
      else {
        await delay(retryInMs, { signal: AbortSignal.any([signal, this.#retry.signal]) }).catch(() => {});
        if (!signal.aborted) this.#device.actual.restarts++;
      }
    }
  }

  #newBudget(): RestartBudget {
    const { desired, settings } = this.#device;
    const { restart } = settings;
    return new RestartBudget(desired.plan.noRetry ? { ...restart, maxRestarts: 0 } : restart);
  }
}

/** Decides, failure by failure, how long to wait and when to give up. */
class RestartBudget {
  readonly #policy: RestartPolicy;
  #failures = 0;
  /** When restarts were spent, by the monotonic clock. */
  #restarts: number[] = [];

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /**
   * The delay before the next connection, in milliseconds; `undefined` if the restarts are used up. An absent
   * instrument, a machine at its limits, and a shared process that another device has ended do not count. Nor does a
   * sample that JSON cannot hold: the driver's process works, and its next sample may be an ordinary one.
   */
  next({ source, error, isEndedByOther = false }: Failure): number | undefined {
    const { maxRestarts, windowMs, initialDelayMs, maxDelayMs } = this.#policy;
    // The next process would have the same permissions.
    if (isDeniedPermission(error)) return undefined;
    const isSpared = error.code === "Unavailable" || error.type === "NotSerializable" || isEndedByOther;
    if (source !== "instrument" && !isSpared) {
      const now = performance.now();
      this.#restarts = this.#restarts.filter((at) => now - at < windowMs);
      if (this.#restarts.length >= maxRestarts) return undefined;
      this.#restarts.push(now);
    }
    return backoffDelay(this.#failures++, { initialDelayMs, maxDelayMs });
  }

  /** Starts the backoff again at its shortest delay. */
  settle(): void {
    this.#failures = 0;
  }
}
