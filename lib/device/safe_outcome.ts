import { asLabError, type LabError } from "../errors.ts";
import type { SafeAnswer } from "../wire/requests.ts";
import type { Device } from "./device.ts";

/** The outcome for a device that was to be made safe: without an error, it is. */
export interface SafeOutcome {
  device: Device;
  error?: LabError;
}

/** Makes one device safe. Never rejects. */
export async function safeOutcome(device: Device, reason: string): Promise<SafeOutcome> {
  try {
    await device.makeSafe(reason);
    return { device };
  } catch (thrown) {
    return { device, error: asLabError(thrown, "InternalError") };
  }
}

/** Makes those devices safe that are connected and whose settings ask for it. Never rejects: a failure is in the log. */
export async function makeSafeBeforeEnd(devices: readonly Device[]): Promise<void> {
  const connected = devices.filter(({ safeOnShutdown, isConnected }) => safeOnShutdown && isConnected);
  await Promise.allSettled(connected.map((device) => device.makeSafe("the daemon ends")));
}

/** The outcomes as the answer has them. */
export function safeAnswer(outcomes: SafeOutcome[]): SafeAnswer {
  const results = outcomes.map(({ device, error }) => ({
    device_id: device.id,
    ok: error === undefined,
    ...(error && { error: error.toJSON() }),
  }));
  return { results };
}
