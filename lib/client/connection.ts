import { createParser } from "eventsource-parser";
import { deadline, DeadlineError } from "../async/deadline.ts";
import {
  errorFromAnswer,
  type Fetch,
  type ServerAPIError,
  ServerConnectionError,
  unexpectedAnswer,
  unreachedReason,
} from "./server_error.ts";

/** The daemon writes something every 15 s. A connection that is silent for three times as long counts as lost. */
export const MAX_SILENCE_MS = 45_000;

/** One part of an event stream, which ends with an empty line: an event, an id, or a retry time in milliseconds. */
export interface StreamPart {
  id?: string;
  event?: string;
  data?: string;
  retry?: number;
}

/** Options of {@linkcode readConnection}. */
export interface ConnectionOptions {
  /** Requests the events after this id. Empty requests those from now on. */
  lastEventId: string;
  fetch: Fetch;
  signal?: AbortSignal;
  /** Called when the server accepts the request. */
  onOpen?: () => void;
}

/**
 * One connection to an event stream, from the request to its end: yields each complete part, and returns when the server
 * ends the stream. A part that is cut off is never yielded.
 *
 * Leaving the loop closes the connection. Rejects with the signal's reason when that aborts.
 *
 * @throws {ServerAPIError} if the answer is a refusal, or not an event stream.
 * @throws {ServerConnectionError} if the connection fails, or is silent for {@linkcode MAX_SILENCE_MS}.
 */
export async function* readConnection(
  url: string,
  { lastEventId, fetch, signal, onOpen }: ConnectionOptions,
): AsyncGenerator<StreamPart, void> {
  const headers = new Headers({ accept: "text/event-stream" });
  if (lastEventId !== "") headers.set("last-event-id", lastEventId);
  const request = new AbortController();
  const limited = <T>(step: Promise<T>) => deadline(step, MAX_SILENCE_MS, signal).catch(lost);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const response = await limited(fetch(url, { headers, cache: "no-store", signal: request.signal }));
    if (!response.ok) throw await limited(errorFromAnswer(`stream ${url}`, response));
    if (!isEventStream(response)) throw await limited(notAStream(url, response));
    reader = response.body.getReader();
    onOpen?.();

    const parts: StreamPart[] = [];
    const decoder = new TextDecoder();
    const parser = createParser({
      onRetry: (retry) => parts.push({ retry }),
      onId: (id) => parts.push({ id }),
      onEvent: (message) => parts.push(message),
    });
    for (;;) {
      const { done, value } = await limited(reader.read());
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* parts.splice(0);
    }
  } finally {
    request.abort();
    await reader?.cancel().catch(() => {}); // the error, if any, was thrown above
  }

  function lost(thrown: unknown): never {
    if (signal?.aborted) throw signal.reason;
    const found = thrown instanceof DeadlineError
      ? `nothing came for ${MAX_SILENCE_MS / 1000} s`
      : unreachedReason(thrown);
    throw new ServerConnectionError(`Cannot stream ${url}: ${found}`, { cause: thrown });
  }
}

function isEventStream(response: Response): response is Response & { body: ReadableStream<Uint8Array> } {
  return response.body !== null && (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
}

async function notAStream(url: string, response: Response): Promise<ServerAPIError> {
  const type = response.headers.get("content-type") ?? "no content type";
  // The first bytes are enough, and an answer may have no end.
  const reader = response.body?.getReader();
  const text = new TextDecoder().decode((await reader?.read())?.value);
  return unexpectedAnswer(`stream ${url}: expected text/event-stream, found ${type}`, response, text);
}
