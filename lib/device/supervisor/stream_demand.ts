import type { Notifier } from "../../async/mod.ts";
import type { LabError } from "../../errors.ts";
import type { StreamingMode } from "./settings.ts";

/** A device keeps streaming for this time after its last reader has left: a page that reloads is back by then. */
const LINGER_MS = 1_000;

/**
 * The demand for a device's stream: explicit starts, readers, and the options of the run. An explicit stop holds until a
 * new start or a new reader.
 */
export class StreamDemand {
  /** The options of the current run, else of the next one. */
  options: Record<string, unknown>;
  /** Changes when the present run has to end for one with other options. */
  revision = 0;
  /** The number of the command to start, until the driver has carried it out. */
  startFence: number | undefined;
  /** The error of the last explicit start, if the driver has refused it because the device has changed hands. */
  refusal: LabError | undefined;
  readonly #mode: StreamingMode;
  readonly #changes: Notifier;
  #readers = 0;
  #started = false;
  #stopped = false;
  #linger: ReturnType<typeof setTimeout> | undefined;

  /** @param changes Notified when {@linkcode active} may have changed. */
  constructor(mode: StreamingMode, options: Record<string, unknown>, changes: Notifier) {
    this.#mode = mode;
    this.options = options;
    this.#changes = changes;
  }

  /** True while the device should stream. */
  get active(): boolean {
    if (this.#stopped) return false;
    const isRead = this.#readers > 0 || this.#linger !== undefined;
    return this.#started || this.permanent || (this.#mode === "on-demand" && isRead);
  }

  /** True if the device streams without being asked: then a stream that ends by itself is a failure. */
  get permanent(): boolean {
    return this.#mode === "always";
  }

  get readers(): number {
    return this.#readers;
  }

  /** True while the options of the run may change: there is no demand, or only that of a reader that has left. */
  get isFree(): boolean {
    return !this.active || !(this.#started || this.permanent || this.#readers > 0);
  }

  /** True if a new reader starts the stream, or takes it over from one that has just left. */
  startsBy({ waits = false } = {}): boolean {
    return this.#mode === "on-demand" && this.isFree && !(waits && this.#stopped);
  }

  /**
   * Uses `options` for the next run. Does nothing while a run is demanded already: that run keeps its options. A run
   * whose last reader has just left ends, and the next one begins.
   */
  propose(options: Record<string, unknown>): void {
    if (!this.isFree) return;
    if (this.active && JSON.stringify(options) !== JSON.stringify(this.options)) this.revision++;
    this.options = options;
    this.#changes.notify();
  }

  /** An explicit start, or a local callback. `fence` is the number of the command. */
  start(fence?: number): void {
    if (!this.#started) this.startFence = fence;
    this.refusal = undefined;
    this.#started = true;
    this.#stopped = false;
    this.#changes.notify();
  }

  /** An explicit stop, or the driver had no more samples: all demand so far ends. */
  stop(): void {
    this.#started = false;
    this.#stopped = true;
    this.#endLinger();
    this.#changes.notify();
  }

  /** The driver has refused the explicit start. Readers stay. */
  refuse(refusal: LabError): void {
    this.#started = false;
    this.startFence = undefined;
    this.refusal = refusal;
    this.#changes.notify();
  }

  /** Clears explicit starts and stops. Readers stay. */
  reset(): void {
    this.#started = false;
    this.#stopped = false;
    this.#endLinger();
    this.#changes.notify();
  }

  /**
   * Adds a reader.
   *
   * @param waits True for a reader that has come back by itself: it does not undo an explicit stop.
   * @returns the function that removes it.
   */
  addReader({ waits = false } = {}): () => void {
    this.#readers++;
    this.#endLinger();
    if (!waits) this.#stopped = false;
    this.#changes.notify();
    let removed = false;
    return () => {
      if (removed) return;
      removed = true;
      this.#readers--;
      if (this.#readers === 0 && !this.#stopped) {
        this.#linger = setTimeout(() => {
          this.#endLinger();
          this.#changes.notify();
        }, LINGER_MS);
      }
    };
  }

  #endLinger(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
  }
}
