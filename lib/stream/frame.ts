import type { ArrayEncoding } from "../driver/mod.ts";
import { timestamp } from "../async/clock.ts";
import { encodeJson } from "./encode.ts";

const encoder = new TextEncoder();

/** Whose samples are framed: this stands in every frame. */
export interface FrameHead {
  deviceId: string;
  epoch: string;
  arrays: ArrayEncoding;
}

/**
 * Makes the function that turns one sample into its finished SSE event. Everything that does not change from sample to
 * sample is spelled out once.
 */
export function sampleFramer({ deviceId, epoch, arrays }: FrameHead): (sequence: number, payload: unknown) => string {
  const event = `\nevent: device_data\ndata: {"event":"device_data","device_id":${
    JSON.stringify(deviceId)
  },"sequence":`;
  return (sequence, payload) =>
    `id: ${epoch}-${sequence}${event}${sequence},"timestamp":"${timestamp()}","payload":${
      encodeJson(payload, arrays)
    }}\n\n`;
}

/** Why samples are missing. */
export type GapReason = "slow-reader" | "expired" | "restart" | "source";

/** Samples `from` to `to`, both included, that a reader will not get. After a restart nobody knows how many. */
export interface Gap {
  from: number;
  to: number | null;
  reason: GapReason;
}

/**
 * A `gap` event that leaves its reader right before the sample `next`. Its id says so: who is cut off behind it is not told
 * again.
 */
export function gapFrame(
  { deviceId, epoch }: Pick<FrameHead, "deviceId" | "epoch">,
  { from, to, reason }: Gap,
  next: number,
): Uint8Array {
  const lost = to === null ? null : to - from + 1;
  const data = { device_id: deviceId, timestamp: timestamp(), from, to, lost, reason };
  return eventFrame("gap", data, { id: `${epoch}-${next - 1}` });
}

/** Any other event. `data` must survive JSON; the event's name is put before it. */
export function eventFrame(event: string, data: Record<string, unknown>, { id }: { id?: string } = {}): Uint8Array {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return encoder.encode(`${head}event: ${event}\ndata: ${JSON.stringify({ event, ...data })}\n\n`);
}
