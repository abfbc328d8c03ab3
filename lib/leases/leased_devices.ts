import { getLogger } from "@logtape/logtape";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import type { Device } from "../device/device.ts";
import type { SafeOutcome } from "../device/safe_outcome.ts";
import { asLabError } from "../errors.ts";
import { eventFrame } from "../stream/mod.ts";
import type { LeaseEvent } from "../wire/events.ts";
import { leaseMark } from "./lease_status.ts";
import type { HeldLease, LeaseTable } from "./lease_table.ts";

const logger = getLogger(["labdaemon", "leases"]);

/** The devices that are leased. */
export type LeasedBench = Pick<LabDaemon, "devices" | "getDevice" | "listen">;

/** The effects of leases on their devices: the mark in their status, the events on their streams, the safe state at the end. */
export class LeasedDevices {
  readonly #bench: LeasedBench;
  readonly #table: () => Pick<LeaseTable, "holder" | "fence">;

  constructor(bench: LeasedBench, table: () => Pick<LeaseTable, "holder" | "fence">) {
    this.#bench = bench;
    this.#table = table;
  }

  /** Shows the owner of a lease to the statuses of its devices, and to their drivers. */
  mark({ devices }: HeldLease): void {
    for (const id of devices) this.markDevice(id);
  }

  markDevice(id: string): void {
    const { fence } = this.#table();
    const holder = this.#table().holder(id);
    if (fence > 0) this.#find(id)?.setLease(holder && (() => leaseMark(holder)), fence);
  }

  /** Adds a `lease` event to the streams of a lease's devices. */
  report(lease: HeldLease, state: LeaseEvent["state"], more: Partial<LeaseEvent> = {}): void {
    for (const id of lease.devices) this.#reportOf(id, lease, state, more);
  }

  /** Makes the devices of a lease safe, and reports that they are free. Never rejects. */
  async makeSafe(lease: HeldLease, reason: string): Promise<SafeOutcome[]> {
    const leased = lease.devices.map((id) => this.#find(id)).filter((device) => device !== undefined);
    const outcomes = await Promise.all(leased.map((device) => safeSoon(device, reason)));
    for (const { device, error } of outcomes) {
      const safe = error ? error.code === "NoSafeState" ? null : false : true;
      this.#reportOf(device.id, lease, "free", { safe });
    }
    return outcomes;
  }

  #reportOf(id: string, lease: HeldLease, state: LeaseEvent["state"], more: Partial<LeaseEvent>): void {
    const { id: lease_id, owner, purpose } = lease;
    const data = { device_id: id, timestamp: timestamp(), state, lease_id, owner, purpose, ...more };
    this.#find(id)?.log.notify(eventFrame("lease", data));
  }

  #find(id: string): Device | undefined {
    return this.#bench.devices().find((device) => device.id === id);
  }
}

async function safeSoon(device: Device, reason: string): Promise<SafeOutcome> {
  try {
    await device.makeSafeSoon(reason);
    return { device };
  } catch (thrown) {
    const error = asLabError(thrown, "InternalError");
    const facts = { device_id: device.id, error: error.message };
    if (error.code !== "NoSafeState") logger.error("{device_id} may not be safe: {error}", facts);
    return { device, error };
  }
}
