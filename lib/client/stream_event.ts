import type { ErrorReport } from "../errors.ts";

/** What the daemon sends in one event. Which fields there are depends on `event`. */
export interface Envelope {
  event: string;
  device_id: string;
  /** RFC 3339, UTC. */
  timestamp: string;
  /** `device_data`: the sample's number, and the sample. */
  sequence?: number;
  payload?: unknown;
  /** `device_data` under `max_rate`: how many samples were left out before this one. */
  skipped?: number;
  /** `device_state`: the state, the seconds until the device is tried again, and how often its driver was started anew. */
  state?: string;
  retry_in?: number;
  restarts?: number;
  /** `stream_error` and `device_state`: the driver's failure. */
  error?: ErrorReport;
  /** `gap`: the samples that never come. After a restart of the daemon nobody knows how many: `to` and `lost` are null. */
  from?: number;
  to?: number | null;
  lost?: number | null;
  /** `gap`: why. `device_state`: `reloaded`, or `removed` when it is the last one. */
  reason?: string;
}

/** One event of a device's stream: the envelope's main fields, the whole envelope, and where to resume. */
export interface StreamEvent {
  /** `device_data`, `device_state`, `gap` or `stream_error`; a program should pass over what it does not know. */
  event: string;
  device_id: string;
  /** The sample's number. Only samples have one. */
  sequence: number | undefined;
  timestamp: string;
  /** The sample. */
  payload: unknown;
  /** This event's SSE id; a stream resumes after it with `since`. */
  id: string | undefined;
  data: Envelope;
}

/** An SSE message that carries data. */
export interface EventMessage {
  id?: string;
  event?: string;
  data: string;
}

/**
 * The event in one SSE message.
 *
 * @throws {TypeError} if its data is not a JSON object.
 */
export function decodeEvent(message: EventMessage): StreamEvent {
  const data = parse(message.data);
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new TypeError(`Cannot decode the event ${message.id ?? ""}: expected a JSON object, found ${message.data}`);
  }
  const envelope = data as Envelope;
  const { device_id, sequence, timestamp, payload } = envelope;
  const event = message.event ?? envelope.event;
  return { event, device_id, sequence, timestamp, payload, id: message.id, data: envelope };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
