import type { DeviceDataEvent, StreamEvent } from "../wire/events.ts";

/** One event with its SSE id: the main fields of its data, and the whole data. */
export interface Received<Data extends StreamEvent> {
  event: Data["event"];
  device_id: string;
  /** The sample's number; `undefined` for all events but samples. */
  sequence: number | undefined;
  /** RFC 3339, UTC. */
  timestamp: string;
  /** The sample. */
  payload: unknown;
  /** The event's SSE id: `since` with this id resumes after it. */
  id: string | undefined;
  data: Data;
}

type Each<Data> = Data extends StreamEvent ? Received<Data> : never;

/**
 * One event of a stream, one of {@linkcode StreamEvent}. Later daemons may send more types: a program ignores those that it
 * does not know.
 */
export type ReceivedEvent = Each<StreamEvent>;

/** An SSE message with data. */
export interface EventMessage {
  id?: string;
  event?: string;
  data: string;
}

/**
 * Decodes one SSE message.
 *
 * @throws {TypeError} if its data is not a JSON object.
 */
export function decodeEvent(message: EventMessage): ReceivedEvent {
  const data = parse(message.data);
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new TypeError(`Cannot decode the event ${message.id ?? ""}: expected a JSON object, found ${message.data}`);
  }
  const { event, device_id, sequence, timestamp, payload } = data as DeviceDataEvent;
  return {
    event: message.event ?? event,
    device_id,
    sequence,
    timestamp,
    payload,
    id: message.id,
    data,
  } as ReceivedEvent;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
