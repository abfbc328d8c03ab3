import type { Plan } from "../../registry/plan.ts";

/** The state that was asked for: connected, in service, removed, and the plan to connect by. The last request counts. */
export class DesiredState {
  /** The plan of the next connection. */
  plan: Plan;
  /** The number of the last change of its lease: older commands are refused. */
  fence = 0;
  /** True while the device is leased: if the daemon dies, the driver's process makes the device safe. */
  isLeased = false;
  /** The reason to make the instrument safe at the next connection, before anything else. */
  safeReason: string | undefined;
  /** The number of the command to connect, until the driver has carried it out or failed at it. */
  connectFence: number | undefined;
  #connected = false;
  #removed = false;
  #disabled: { resume: boolean } | undefined;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** True while the device is out of service: it cannot be connected. */
  get disabled(): boolean {
    return this.#disabled !== undefined;
  }

  /** True if the owner that asked to connect has lost its lease before the driver was asked. */
  get isOutdated(): boolean {
    return this.connectFence !== undefined && this.connectFence < this.fence;
  }

  /**
   * Does nothing to a device that was removed.
   *
   * @param fence The number of the command; absent for one of the daemon itself, and for a script's.
   */
  connect(fence?: number): void {
    if (!this.#connected || this.isOutdated) this.connectFence = fence;
    this.#connected = !this.#removed;
  }

  disconnect(): void {
    this.#connected = false;
  }

  /**
   * @param resume True if {@linkcode enable} connects the device again. By default, true if the device is to be
   * connected now.
   */
  disable(resume: boolean = this.#connected): void {
    this.#disabled ??= { resume };
  }

  /** @returns true if the device is to be connected again. */
  enable(): boolean {
    const resume = this.#disabled?.resume ?? false;
    this.#disabled = undefined;
    return resume;
  }

  /** Marks the device as removed: {@linkcode connect} does nothing from now on. */
  remove(): void {
    this.#removed = true;
  }
}
