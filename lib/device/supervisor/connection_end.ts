import type { Notifier } from "../../async/mod.ts";
import type { LabError } from "../../errors.ts";

/** The reasons that end a connection. One that stands before another in this list is reported. */
const CAUSES = [
  // The host has ended.
  "gone",
  // The driver has lost its connection to the instrument.
  "lost",
  // A call has found that its method does not end.
  "hangs",
] as const;

/** The end of a connection: by its signal, or by an error that comes from outside of its requests. */
export class ConnectionEnd {
  readonly #signal: AbortSignal;
  readonly #changes: Notifier;
  readonly #errors = new Map<(typeof CAUSES)[number], LabError>();

  /** @param changes Notified of an error; to be notified of what else {@linkcode until} waits for. */
  constructor(signal: AbortSignal, changes: Notifier) {
    this.#signal = signal;
    this.#changes = changes;
  }

  /** True if the host has ended. */
  get isGone(): boolean {
    return this.#errors.has("gone");
  }

  /** Ends the connection. The first error of a cause counts. */
  by(cause: (typeof CAUSES)[number], error: LabError): void {
    if (!this.#errors.has(cause)) this.#errors.set(cause, error);
    this.#changes.notify();
  }

  /** Waits until `condition` holds. Throws the reason of the end, if that comes first. */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.#signal.throwIfAborted();
      for (const cause of CAUSES) if (this.#errors.has(cause)) throw this.#errors.get(cause);
      if (condition()) return;
      await this.#changes.next();
    }
  }
}
