/**
 * Streams as their readers see them: bytes in, events out, by a parser that others wrote.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import {
  type Block,
  DEFAULT_RING,
  eventFrame,
  makeBlock,
  type Reader,
  type RingLimits,
  sampleFramer,
  StreamLog,
  type StreamLogOptions,
} from "../../lib/stream/mod.ts";
import type { EventFields } from "../support/event_fields.ts";

/** One event with the id under which it came. */
export interface WireEvent {
  id: string | undefined;
  event: string | undefined;
  data: EventFields;
}

/** The events in some bytes. */
export function parse(...chunks: (Uint8Array | string)[]): WireEvent[] {
  const events: WireEvent[] = [];
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent: ({ id, event, data }) => events.push({ id, event, data: JSON.parse(data) }),
    onError: (error) => assert.fail(error),
  });
  for (const chunk of chunks) parser.feed(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
  return events;
}

export const HEAD = { deviceId: "daq1", epoch: "e1", arrays: "json" } as const;

/** A log of `daq1` in the epoch `e1`. */
export function makeLog({ sequence, deviceId = HEAD.deviceId, pace, ...ring }: LogOptions = {}): StreamLog {
  return new StreamLog({ deviceId, epoch: HEAD.epoch, sequence, pace, ring: { ...DEFAULT_RING, ...ring } });
}

type LogOptions = Pick<Partial<StreamLogOptions>, "sequence" | "deviceId" | "pace"> & Partial<RingLimits>;

/** A block of `count` samples; each has its number as its payload. */
export function samples(first: number, count: number, deviceId: string = HEAD.deviceId): Block {
  const frame = sampleFramer({ ...HEAD, deviceId });
  return makeBlock(first, Array.from({ length: count }, (_, i) => frame(first + i, first + i)));
}

/** A `device_state` event. */
export const state = (name: string, deviceId: string = HEAD.deviceId) =>
  eventFrame("device_state", { device_id: deviceId, state: name });

/** All that `reader` can take at the moment. */
export function drain(reader: Pick<Reader, "take">): WireEvent[] {
  const chunks: Uint8Array[] = [];
  for (let bytes = reader.take(); bytes; bytes = reader.take()) chunks.push(bytes);
  return parse(...chunks);
}

/** Events in short: a sample as its number, a gap as `reason from-to`, a state as its name. */
export function brief(events: WireEvent[]): (number | string)[] {
  return events.map(({ data }) => {
    if (data.event === "device_data") return data.sequence!;
    if (data.event === "gap") return `${data.reason} ${data.from}-${data.to}`;
    return String(data.state ?? data.event);
  });
}
