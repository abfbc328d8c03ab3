import { LabError } from "../errors.ts";
import type { Condition } from "./condition.ts";

/** What people want of a device: connected or not, in service or out of it, or gone for good. Who asked last is heard. */
export class Will {
  readonly #id: string;
  #connected = false;
  #removed = false;
  #disabled: { resume: boolean } | undefined;

  constructor(id: string) {
    this.#id = id;
  }

  /** Whether it is to be connected: which of connect and disconnect was asked for last. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Whether somebody has taken it out of service. */
  get disabled(): boolean {
    return this.#disabled !== undefined;
  }

  connect(): void {
    this.#connected = !this.#removed;
  }

  disconnect(): void {
    this.#connected = false;
  }

  /** @param resume Whether it is connected again when it is enabled. */
  disable(resume: boolean = this.#connected): void {
    this.#disabled ??= { resume };
  }

  /** Says whether it is to be connected again. */
  enable(): boolean {
    const resume = this.#disabled?.resume ?? false;
    this.#disabled = undefined;
    return resume;
  }

  /** From now on it cannot be wanted. */
  remove(): void {
    this.#removed = true;
  }

  /** Why nothing can be asked of the device as it is wanted and as it is. `attempt` begins the message. */
  refusal(attempt: string, { state, lastError }: Condition): LabError {
    const why = lastError ? ` (${lastError.message})` : "";
    const context = { device_id: this.#id };
    if (this.disabled) {
      return new LabError("DeviceDisabled", `${attempt}: it is disabled; enable it first`, { context });
    }
    if (state === "faulted") {
      return new LabError("DeviceFaulted", `${attempt}: it is faulted${why}; connect it to try again`, { context });
    }
    const found = this.#connected ? state : "disconnected";
    return new LabError("DeviceNotConnected", `${attempt}: it is ${found}${why}`, { context });
  }
}
