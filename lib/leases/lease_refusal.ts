import { LabError, printable } from "../errors.ts";
import { markOf } from "./lease_status.ts";
import type { LeaseTable } from "./lease_table.ts";

/** The `DeviceInUse` error of a command to devices, the first of which that is held gives the reason. */
export function inUse(table: Pick<LeaseTable, "holder">, attempt: string, deviceIds: readonly string[]): LabError {
  for (const id of deviceIds) {
    const holder = table.holder(id);
    if (!holder) continue;
    const { owner, purpose, lease_id, expires_at } = markOf(holder);
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
