import { backoffDelay } from "../async/backoff.ts";
import { delay } from "../async/delay.ts";
import { messageOf } from "../errors.ts";
import { readConnection } from "./connection.ts";
import { endpoint } from "./endpoint.ts";
import { decodeEvent, type EventMessage, type ReceivedEvent } from "./received_event.ts";
import { type Fetch, ServerAPIError, ServerConnectionError } from "./server_error.ts";

/** The first delay before a reconnect, unless the server sends another one with `retry:`. */
const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 30_000;
/** A server that sends `retry: 0` is not asked in a tight loop while it is down. */
const MIN_RETRY_MS = 100;

/** One device by its id, or several by a list of ids. In a list, `"*"` stands for all devices, those added later included. */
export type DeviceIds = string | readonly string[];

/** A driver's stream options, such as `{ sample_rate: 100 }`. They apply to the run if this reader starts it. */
export type DriverOptions = Record<string, string | number | boolean | undefined>;

/** Options of a stream. All but `options` and `signal` are sent as query keys of the same name. */
export interface DeviceStreamOptions {
  /** Resumes after the event with this id. By default the stream begins with the next event. */
  since?: string;
  /** Seconds. Devices without a place to resume begin with the samples that the daemon still has of that time. */
  past?: number;
  /** The maximum number of samples per second that the daemon sends. By default it sends all. */
  max_rate?: number;
  /** With `max_rate`: keeps the newest sample of each interval, or its smallest and largest. Defaults to the newest. */
  thin?: "newest" | "minmax";
  /** True for a reader that comes back by itself: it does not start a device that was stopped meanwhile. */
  waits?: boolean;
  /** True for all events but the samples and their gaps. No device streams for this reader. */
  no_samples?: boolean;
  /** True to join the streams that others have started. No device streams for this reader, and it is not counted. */
  joins?: boolean;
  /** The driver's options. */
  options?: DriverOptions;
  /** Ends the stream. */
  signal?: AbortSignal;
  /** A driver option at this level is the same as one under `options`. */
  [driverOption: string]: DriverOptions[string] | DriverOptions | AbortSignal;
}

/** The connection behind {@linkcode deviceEvents}, and the callbacks that report on it. */
export interface EventSourceOptions {
  fetch: Fetch;
  /** The bound of the backoff in milliseconds. Defaults to 30 seconds. */
  maxRetryMs?: number;
  /** Called at each connect and reconnect, when the daemon has accepted the stream. */
  onOpen?(): void;
  /** Called with each error that does not end the stream; `retryInMs` is the time to the next attempt. */
  onError(error: Error, retryInMs?: number): void;
}

/**
 * Yields the events of one device, or of several, over as many connections as necessary:
 *
 * 1. It connects. Until the first block arrives, a refusal (unknown device, misspelt option) or an answer that is not an
 *    event stream ends the loop with that error.
 * 2. It yields each event and keeps its id. An event whose data cannot be decoded is reported and skipped.
 * 3. When the connection ends, fails or is silent for too long, it reports the error, waits for a backoff with full jitter
 *    (first delay: the server's `retry:`; longest: `maxRetryMs`), and resumes with `Last-Event-ID`. After the first block,
 *    refusals are retried as well: a daemon that restarts may need a moment to know its devices.
 *
 * The loop ends without an error when the signal aborts.
 */
export async function* deviceEvents(
  baseUrl: string,
  devices: DeviceIds,
  { signal, options, ...query }: DeviceStreamOptions,
  { fetch, maxRetryMs = MAX_RETRY_MS, onOpen, onError }: EventSourceOptions,
): AsyncGenerator<ReceivedEvent, void> {
  const url = streamUrl(baseUrl, devices);
  for (const [name, value] of Object.entries({ ...query, ...options })) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  // The query says where to begin. The header marks a reader that comes back: it does not start a stopped device.
  let lastEventId = "";
  let firstRetryMs = FIRST_RETRY_MS;
  let attempt = 0;
  let everOpen = false;

  while (!signal?.aborted) {
    let loss: ServerAPIError = new ServerConnectionError(`Cannot continue with the stream ${url}: the server ended it`);
    try {
      const blocks = readConnection(url.href, { lastEventId, fetch, signal, onOpen });
      for await (const { id, event, data, retry } of blocks) {
        everOpen = true;
        attempt = 0;
        if (retry !== undefined) firstRetryMs = Math.max(retry, MIN_RETRY_MS);
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
    const retryInMs = backoffDelay(attempt++, { initialDelayMs: firstRetryMs, maxDelayMs: maxRetryMs });
    onError(loss, retryInMs);
    await delay(retryInMs, { signal }).catch(() => {}); // aborted: the loop ends
  }

  function decode(message: EventMessage): ReceivedEvent | undefined {
    try {
      return decodeEvent(message);
    } catch (thrown) {
      onError(new Error(`Skipped an event of ${url}: ${messageOf(thrown)}`, { cause: thrown }));
    }
  }
}

/**
 * The URL of the events of devices.
 *
 * @throws {TypeError} if an id cannot be part of a URL.
 */
export function streamUrl(baseUrl: string, devices: DeviceIds): URL {
  if (typeof devices === "string") return endpoint(baseUrl, "stream", "devices", devices);
  const url = endpoint(baseUrl, "stream");
  url.searchParams.set("devices", devices.join(","));
  return url;
}

/** False for an error that may pass by itself. */
function isRefusal({ status }: ServerAPIError): boolean {
  const mayPass = status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
  return !mayPass;
}
