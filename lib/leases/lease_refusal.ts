import { hashOf } from "../access/secret.ts";
import { LabError, printable } from "../errors.ts";
import { leaseMark } from "./lease_status.ts";
import type { LeaseTable } from "./lease_table.ts";

/** The `DeviceInUse` error of a command to devices, the first of which that is held gives the reason. */
export function inUse(table: Pick<LeaseTable, "holder">, attempt: string, deviceIds: readonly string[]): LabError {
  for (const id of deviceIds) {
    const holder = table.holder(id);
    if (!holder) continue;
    const { owner, purpose, lease_id, expires_at } = leaseMark(holder);
    const what = purpose && ` for "${printable(purpose)}"`;
    const found = holder.end
      ? `"${id}" is being made safe: the lease of "${owner}" has ended`
      : `"${id}" is leased by "${owner}"${what} until ${expires_at}`;
    const context = { device_id: id, lease_id, owner, purpose, expires_at };
    return new LabError("DeviceInUse", `${attempt}: ${found}`, { context });
  }
  const found = "an earlier order waits for them; ask with `wait` to queue";
  return new LabError("DeviceInUse", `${attempt}: ${found}`, { context: { devices: deviceIds } });
}

/**
 * Allows a command to some devices.
 *
 * @param isRequired True for a device that needs a lease.
 * @param command With the beginning of the error's message, and the tokens of the leases that the one who asks has.
 * @throws {LabError} `LeaseEnded` for a token that is not in force; `DeviceInUse` for a device that another one has leased, or
 * that is being made safe; `LeaseRequired`.
 */
export function assertAllowed(
  table: Pick<LeaseTable, "holder" | "leases">,
  isRequired: (id: string) => boolean,
  { attempt, deviceIds, tokens }: { attempt: string; deviceIds: readonly string[]; tokens: readonly string[] },
): void {
  const hashes = tokens.map(hashOf);
  const active = table.leases.filter(({ end }) => !end);
  if (hashes.some((hash) => active.every(({ tokenHash }) => tokenHash !== hash))) {
    throw new LabError("LeaseEnded", `${attempt}: the lease of this X-Lease has ended; nothing was done`);
  }
  for (const id of deviceIds) {
    const holder = table.holder(id);
    if (holder && (holder.end || !hashes.includes(holder.tokenHash))) throw inUse(table, attempt, [id]);
    if (holder || !isRequired(id)) continue;
    const found = `"${id}" needs a lease; POST /leases, then send its token as X-Lease`;
    throw new LabError("LeaseRequired", `${attempt}: ${found}`, { context: { device_id: id } });
  }
}

/** The ids of the leases of tokens that are in force. */
export function idsOf({ leases }: Pick<LeaseTable, "leases">, tokens: readonly string[]): string[] {
  const hashes = tokens.map(hashOf);
  return leases.filter(({ tokenHash, end }) => !end && hashes.includes(tokenHash)).map(({ id }) => id);
}
