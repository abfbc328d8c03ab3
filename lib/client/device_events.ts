import { backoffDelay } from "../async/backoff.ts";
import { delay } from "../async/delay.ts";
import { messageOf } from "../errors.ts";
import { readConnection } from "./connection.ts";
import { endpoint } from "./endpoint.ts";
import { type Fetch, ServerAPIError, ServerConnectionError } from "./server_error.ts";
import { decodeEvent, type EventMessage, type StreamEvent } from "./stream_event.ts";

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;
/** A server that asks for `retry: 0` still must not be asked in a tight loop while it is down. */
const SHORTEST_RETRY_MS = 100;

/** One device by its id, or several by a list of ids, in which `"*"` stands for all, also those added later. */
export type DeviceIds = string | readonly string[];

/** What a stream may be asked for. All but `signal` are sent to the daemon as they stand. */
export interface DeviceStreamOptions {
  /** Resumes after the event with this id. Defaults to what comes from now on. */
  since?: string;
  /** Where nothing is to be resumed: begins with what the daemon still has of so many seconds ago. */
  past?: number;
  /** The most events per second that the daemon shall send. Defaults to all. */
  max_rate?: number;
  /** With `max_rate`: which samples are kept, the newest of each interval or its smallest and largest. Defaults to the newest. */
  thin?: "newest" | "minmax";
  /** Ends the stream. */
  signal?: AbortSignal;
  /** An option of the driver, such as `sample_rate`: it shapes the run if this reader starts it. */
  [option: string]: string | number | boolean | AbortSignal | undefined;
}

/** What {@linkcode deviceEvents} needs of its surroundings. */
export interface Surroundings {
  fetch: Fetch;
  /** The bound of the backoff in ms. Defaults to 30 seconds. */
  longestRetry?: number;
  /** Called with all that goes wrong without ending the stream; `retryIn` is the time to the next attempt in ms. */
  report(error: Error, retryIn?: number): void;
}

/**
 * The events of one device, or of several on one connection, over as many connections as it takes:
 *
 * 1. It connects. Until the first block ever came, a refusal (unknown device, misspelt option) or an answer that is no event
 *    stream ends the loop with that error: somebody mistyped, and wants to know.
 * 2. It yields each event and remembers its id. An event whose data cannot be decoded is reported and passed over.
 * 3. When the connection ends, fails or falls silent, that is reported, and after a backoff with full jitter (the server's
 *    `retry:` is the first delay, `longestRetry` the longest) it connects again and resumes with `Last-Event-ID`. From now on refusals
 *    are retried as well: a daemon that restarts may need a moment to know its devices.
 *
 * The loop ends without an error when the signal aborts.
 */
export async function* deviceEvents(
  baseUrl: string,
  devices: DeviceIds,
  { signal, ...query }: DeviceStreamOptions,
  { fetch, longestRetry = LONGEST_RETRY_MS, report }: Surroundings,
): AsyncGenerator<StreamEvent, void> {
  const url = streamUrl(baseUrl, devices);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  // Where to begin is in the query. The header says that somebody comes back, and such a reader undoes nobody's stop.
  let lastEventId = "";
  let first = FIRST_RETRY_MS;
  let attempt = 0;
  let everOpen = false;

  while (!signal?.aborted) {
    let loss: ServerAPIError = new ServerConnectionError(`Cannot go on with the stream ${url}: the server ended it`);
    try {
      for await (const { id, event, data, retry } of readConnection(url.href, { lastEventId, fetch, signal })) {
        everOpen = true;
        attempt = 0;
        if (retry !== undefined) first = Math.max(retry, SHORTEST_RETRY_MS);
        if (id !== undefined) lastEventId = id;
        const decoded = data === undefined ? undefined : decode({ id, event, data });
        if (decoded) yield decoded;
        if (signal?.aborted) return;
      }
    } catch (thrown) {
      if (signal?.aborted) return;
      if (!(thrown instanceof ServerAPIError) || (!everOpen && isRefusal(thrown))) throw thrown;
      loss = thrown;
    }
    const retryIn = backoffDelay(attempt++, { first, longest: longestRetry });
    report(loss, retryIn);
    await delay(retryIn, { signal }).catch(() => {}); // aborted: the loop's condition sees it
  }

  function decode(message: EventMessage): StreamEvent | undefined {
    try {
      return decodeEvent(message);
    } catch (thrown) {
      report(new Error(`Passed over an event of ${url}: ${messageOf(thrown)}`, { cause: thrown }));
    }
  }
}

/**
 * Where the events of devices are.
 *
 * @throws {TypeError} if an id cannot stand in a URL.
 */
export function streamUrl(baseUrl: string, devices: DeviceIds): URL {
  if (typeof devices === "string") return endpoint(baseUrl, "stream", "devices", devices);
  const url = endpoint(baseUrl, "stream");
  url.searchParams.set("devices", devices.join(","));
  return url;
}

function isRefusal({ status }: ServerAPIError): boolean {
  const laterMayDo = status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
  return !laterMayDo;
}
