import { LabError } from "../errors.ts";
import type { StreamEvent } from "../wire/events.ts";

const decoder = new TextDecoder();
const DATA = "\ndata: ";

/**
 * The events in some whole frames.
 *
 * @throws {LabError} `DriverError` of type `ProtocolError`, if they are no frames: a driver's process sent them.
 */
export function decodeFrames(bytes: Uint8Array): StreamEvent[] {
  const frames = decoder.decode(bytes).split("\n\n");
  frames.pop();
  return frames.map(decodeFrame);
}

function decodeFrame(frame: string): StreamEvent {
  try {
    return JSON.parse(frame.slice(frame.indexOf(DATA) + DATA.length));
  } catch (cause) {
    const found = JSON.stringify(frame.slice(0, 80));
    throw new LabError("DriverError", `Cannot read an event: ${found} is no frame`, { type: "ProtocolError", cause });
  }
}
