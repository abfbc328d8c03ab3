import { LabError } from "../../errors.ts";
import type { DeviceParts } from "./device_parts.ts";

/**
 * The error for a request that a device cannot serve in its state: `DeviceDisabled`, `DeviceFaulted` or
 * `DeviceNotConnected`, with the device's last error.
 *
 * @param attempt The beginning of the message.
 */
export function stateRefusal(
  attempt: string,
  { id, desired, actual: { state, lastError } }: Pick<DeviceParts, "id" | "desired" | "actual">,
): LabError {
  const why = lastError ? ` (${lastError.message})` : "";
  const context = { device_id: id };
  if (desired.disabled) {
    return new LabError("DeviceDisabled", `${attempt}: it is disabled; enable it first`, { context });
  }
  if (state === "faulted") {
    return new LabError("DeviceFaulted", `${attempt}: it is faulted${why}; connect it to try again`, { context });
  }
  // A connection that is being closed, for example for a new driver version, keeps its state for a moment.
  const isClosing = state === "connected" || state === "streaming";
  const found = !desired.connected ? "disconnected" : isClosing ? "reconnecting" : state;
  return new LabError("DeviceNotConnected", `${attempt}: it is ${found}${why}`, { context });
}
