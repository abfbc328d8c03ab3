import { timestamp } from "../async/clock.ts";
import type { Permissions } from "../driver/permissions.ts";
import type { ProcessUsage } from "../host/host.ts";
import type { ErrorReport, LabError } from "../errors.ts";
import { eventFrame, type LogStatus } from "../stream/mod.ts";

/** Where a device stands. */
export type DeviceState = "disconnected" | "connecting" | "connected" | "streaming" | "retrying" | "faulted";

/** A device, as `GET /devices/{id}` tells it. */
export interface DeviceStatus {
  device_id: string;
  device_type: string;
  state: DeviceState;
  connected: boolean;
  streaming: boolean;
  /** True if its driver has a stream; `null` until it has been connected once. */
  can_stream: boolean | null;
  /** Whether its driver has a stream; `null` until the driver has told, by being connected once. */
  streams: boolean | null;
  /** Who alone may command it; nobody yet takes a device for himself. */
  owned_by: string | null;
  last_error: ErrorReport | null;
  /** Since when it is in its state. */
  state_since: string;
  /** When the next try is due, if one is. */
  retry_at: string | null;
  /** Whether somebody has taken it out of service: then it cannot be connected. */
  disabled: boolean;
  params: Record<string, unknown>;
  /** What shapes its run, or one whose starter says nothing; for what is not named here the driver's defaults hold. */
  options: Record<string, unknown>;
  /** What its driver may touch: what it asks for, as the bench file narrows and extends it. */
  permissions: Permissions;
  /** How often its driver had to be started anew since the device was made. */
  restarts: number;
  /** What its driver's process takes, as far as it has said: memory in bytes, CPU as the part of one core. */
  process: ProcessUsage & { memory_limit: number } | null;
  stream: LogStatus & { readers: number };
}

/** Why a device is in a state, where no error led to it: it has a new version of its driver, or was removed. */
export type StateReason = "reloaded" | "removed";

/** Why a device is where it is, and when the next try is due. */
export interface StateDetails {
  error?: LabError;
  /** In milliseconds. */
  retryIn?: number;
  reason?: StateReason;
  /** How often its driver was started anew. */
  restarts: number;
}

/** The `device_state` event. */
export function stateFrame(
  deviceId: string,
  state: DeviceState,
  { error, retryIn, reason, restarts }: StateDetails,
): Uint8Array {
  return eventFrame("device_state", {
    device_id: deviceId,
    timestamp: timestamp(),
    state,
    restarts,
    ...(reason && { reason }),
    ...(error && { error }),
    ...(retryIn !== undefined && { retry_in: Math.round(retryIn) / 1000 }),
  });
}

/** The `stream_error` event: what the driver failed with. */
export function errorFrame(deviceId: string, error: LabError): Uint8Array {
  return eventFrame("stream_error", { device_id: deviceId, timestamp: timestamp(), error });
}
