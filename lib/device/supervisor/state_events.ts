import { timestamp } from "../../async/clock.ts";
import type { LabError } from "../../errors.ts";
import { eventFrame } from "../../stream/mod.ts";
import type { DeviceState, StateReason } from "../../wire/device.ts";

/** The parts of a `device_state` event besides the state. */
export interface StateDetails {
  error?: LabError;
  /** Time until the next attempt to connect, in milliseconds. */
  retryInMs?: number;
  reason?: StateReason;
  /** The number of times that the device was connected again after a failure. */
  restarts: number;
}

/** The `device_state` event. */
export function stateFrame(
  deviceId: string,
  state: DeviceState,
  { error, retryInMs, reason, restarts }: StateDetails,
): Uint8Array {
  return eventFrame("device_state", {
    device_id: deviceId,
    timestamp: timestamp(),
    state,
    restarts,
    ...(reason && { reason }),
    ...(error && { error, failure_source: error.failureSource }),
    ...(retryInMs !== undefined && { retry_in: Math.round(retryInMs) / 1000 }),
  });
}

/** The `stream_error` event. */
export function errorFrame(deviceId: string, error: LabError): Uint8Array {
  return eventFrame("stream_error", { device_id: deviceId, timestamp: timestamp(), error });
}
