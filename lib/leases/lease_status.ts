import type { LeaseMark, LeaseStatus } from "../wire/leases.ts";
import { wallTime } from "./lease_file.ts";
import type { HeldLease } from "./lease_table.ts";

/** A lease in the form of a device's status. */
export function leaseMark(lease: HeldLease): LeaseMark {
  const { id: lease_id, owner, purpose, sinceMs, untilMs, end } = lease;
  return {
    ...{ lease_id, owner, purpose },
    since: wallTime(sinceMs),
    expires_at: wallTime(untilMs),
    state: end ? "ending" : "active",
  };
}

/** A lease in the form of `GET /leases`. */
export function statusOf(lease: HeldLease): LeaseStatus {
  return { ...leaseMark(lease), devices: [...lease.devices], ttl: lease.ttlMs / 1000, fence: lease.fence };
}

/** A lease for the log. */
export function leaseFacts({ id, owner, purpose }: HeldLease) {
  return { lease_id: id, owner, purpose };
}
