import { timestamp } from "../async/clock.ts";
import type { ClockSource, GapEvent } from "../wire/events.ts";
import type { ArrayEncoding } from "../driver/mod.ts";
import { encodeJson } from "./encode.ts";
import type { WaveformForm } from "./timed/waveform_form.ts";

const encoder = new TextEncoder();

/** The part of a device's frames that is the same in all of them. */
export interface FrameHead {
  deviceId: string;
  epoch: string;
  arrays: ArrayEncoding;
  /** Blocks of this form are waveforms: one sample each. */
  waveforms?: WaveformForm;
}

/**
 * Encodes one sample as a finished SSE event.
 *
 * @param time Its time as text; by default, now.
 * @param middle The text between the time and the payload, as of {@linkcode frameMiddle}.
 */
export type SampleFramer = (sequence: number, payload: unknown, time?: string, middle?: string) => string;

/** The texts between the numbers, the time and the payload; the same in every frame of a device. */
export function frameParts({ deviceId, epoch }: Pick<FrameHead, "deviceId" | "epoch">) {
  return {
    id: `id: ${epoch}-`,
    event: `\nevent: device_data\ndata: {"event":"device_data","device_id":${JSON.stringify(deviceId)},"sequence":`,
    time: ',"timestamp":"',
    payload: '","payload":',
  };
}

/**
 * The text between the time and the payload of a sample with a time of the instrument's.
 *
 * @param received The host's time, as text.
 * @param dt The seconds between the values of a waveform.
 */
export function frameMiddle(received: string, dt?: number): string {
  return `"${dt === undefined ? "" : `,"dt":${dt}`},"received":"${received}","payload":`;
}

/** Makes the framer of a device. All that does not change from sample to sample is encoded once. */
export function sampleFramer({ deviceId, epoch, arrays }: FrameHead): SampleFramer {
  const { id, event, time: beforeTime, payload: beforePayload } = frameParts({ deviceId, epoch });
  return (sequence, payload, time = timestamp(), middle = beforePayload) =>
    `${id}${sequence}${event}${sequence}${beforeTime}${time}${middle}${encodeJson(payload, arrays)}}\n\n`;
}

/** Samples `from` to `to`, both included, that a reader will not get. After a restart their number is unknown. */
export type Gap = Pick<GapEvent, "from" | "to" | "reason">;

/**
 * A `gap` event whose reader continues with the sample `next`. Its id has the same place, so that a reader which
 * resumes behind it does not get it again.
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

/** A `clock` event: the samples after it have another clock, which was set by `stepMs`. */
export function clockFrame(deviceId: string, stepMs: number, source?: ClockSource): Uint8Array {
  const step = Math.round(stepMs) / 1000;
  return eventFrame("clock", { device_id: deviceId, timestamp: timestamp(), step, ...source && { source } });
}

/** An event of any other kind. `data` must survive JSON; the event's name is added as its first field. */
export function eventFrame(event: string, data: Record<string, unknown>, { id }: { id?: string } = {}): Uint8Array {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return encoder.encode(`${head}event: ${event}\ndata: ${JSON.stringify({ event, ...data })}\n\n`);
}
