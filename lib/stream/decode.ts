/** An event of a device's stream, as its reader sees it. */
export interface StreamEvent {
  /** `device_data`, `device_state`, `gap` or `stream_error`. */
  event: string;
  device_id: string;
  /** RFC 3339, UTC, with microseconds. */
  timestamp: string;
  /** Of `device_data`: the sample's number. */
  sequence?: number;
  /** Of `device_data`: the sample. */
  payload?: unknown;
  [key: string]: unknown;
}

const decoder = new TextDecoder();
const DATA = "\ndata: ";

/** The events in some whole frames that this program made itself. */
export function decodeFrames(bytes: Uint8Array): StreamEvent[] {
  const frames = decoder.decode(bytes).split("\n\n");
  frames.pop();
  return frames.map((frame) => JSON.parse(frame.slice(frame.indexOf(DATA) + DATA.length)));
}
