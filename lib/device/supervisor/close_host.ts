import { asLabError, messageOf } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import type { DeviceParts } from "./device_parts.ts";
import { ANSWER_GRACE_MS } from "./settings.ts";

/**
 * Disconnects the instrument and closes the host. Never rejects.
 *
 * @param safeReason The reason to make the instrument safe first; without a reason, it is not made safe.
 * @param force True if the host must be killed: the host does not stop, or is gone.
 */
export async function closeHost(
  host: Host,
  { id, settings: { limits: { stopMs: limit } }, console }: DeviceParts,
  { safeReason, force }: { safeReason?: string; force: boolean },
): Promise<void> {
  if (force) return await host.close({ force });
  const limitMs = limit + ANSWER_GRACE_MS;
  if (safeReason !== undefined) await safeByHost(host, { id, console }, safeReason, limit);
  const error = await host.request("disconnect", { limit }, { attempt: `Cannot disconnect "${id}"`, limitMs }).then(
    () => undefined,
    (error) => asLabError(error, "InternalError"),
  );
  if (error) console.print(`the driver failed to disconnect: ${error.message}`, "warning");
  // Force would also end the other devices of a shared process: only for a host that does not answer.
  await host.close({ force: error?.code === "DeviceTimeout" });
}

/** Makes the instrument of a host safe. Never rejects: a failure is in the device's console. */
export async function safeByHost(
  host: Host,
  { id, console }: Pick<DeviceParts, "id" | "console">,
  reason: string,
  limit: number,
): Promise<void> {
  const options = { attempt: `Cannot make "${id}" safe`, limitMs: limit + ANSWER_GRACE_MS };
  await host.request("safe", { reason, limit }, options).catch((error) => {
    console.print(`the instrument may not be safe: ${messageOf(error)}`, "warning");
  });
}
