import type { StoredMsg } from "@nats-io/jetstream";
import { decodeMessage } from "./encoded_frames.ts";
import type { PastPlace } from "../stream/past/recorded_part.ts";

/** The headers of a message with frames. */
export const FRAME_HEADERS = {
  device: "Lab-Device",
  epoch: "Lab-Epoch",
  first: "Lab-First",
  next: "Lab-Next",
  count: "Lab-Count",
  encoding: "Lab-Encoding",
} as const;

const decoder = new TextDecoder();

/** The place behind a message. */
export function framePlace({ header, data }: StoredMsg): PastPlace {
  const bytes = decodeMessage({ encoding: header.get(FRAME_HEADERS.encoding), bytes: data });
  const text = decoder.decode(bytes);
  const start = text.lastIndexOf("\n\n", text.length - 3);
  const frame = text.slice(start < 0 ? 0 : start + 2);
  const isSample = /^id: [^\n]*\nevent: device_data\n/.test(frame);
  const place = { epoch: header.get(FRAME_HEADERS.epoch), sequence: Number(header.get(FRAME_HEADERS.next)) };
  return { ...place, time: /"timestamp":"([^"]+)"/.exec(frame)?.[1], ...!isSample && { frame } };
}
