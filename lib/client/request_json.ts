import { deadline, DeadlineError } from "../async/deadline.ts";
import {
  errorFromAnswer,
  type Fetch,
  ServerAPIError,
  ServerConnectionError,
  unexpectedAnswer,
  unreachedReason,
} from "./server_error.ts";

/** One request to the daemon. */
export interface JSONRequest {
  method: string;
  url: string;
  /** Sent as JSON; `undefined` sends no body. */
  body?: unknown;
  /** The limit in milliseconds, answer included. */
  timeoutMs: number;
  fetch: Fetch;
  /** Further headers. */
  headers?: Record<string, string>;
  /** Ends the request with its reason. */
  signal?: AbortSignal;
  /** Called with the head of an answer, of any status. */
  answered?(response: Response): void;
  /** True for the JSON of a LabDaemon. `undefined` stands for an empty answer. */
  isAnswer(json: unknown): boolean;
}

/**
 * Sends one request and returns the answer's JSON, or `undefined` where the answer is empty.
 *
 * @throws {ServerAPIError} if the daemon refuses, or the answer is not a LabDaemon's.
 * @throws {ServerConnectionError} if no answer came within the limit. The daemon may have acted nevertheless.
 * @throws {TypeError} if the body cannot be written as JSON, as `NaN`, infinity and a bigint cannot.
 */
export async function requestJSON(asked: JSONRequest): Promise<unknown> {
  const { method, url, body, timeoutMs, fetch, isAnswer, signal, answered } = asked;
  const what = `${method} ${url}`;
  const type = { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }) };
  const headers = { ...type, ...asked.headers };
  const text = JSON.stringify(body, refuseNonFinite);
  const request = new AbortController();
  try {
    return await deadline(
      exchange(what, async () => {
        const response = await fetch(url, { method, headers, body: text, signal: request.signal });
        answered?.(response);
        return response;
      }, isAnswer),
      timeoutMs,
      signal,
    );
  } catch (thrown) {
    if (thrown instanceof ServerAPIError || signal?.aborted) throw thrown;
    throw connectionError(what, thrown, timeoutMs);
  } finally {
    request.abort();
  }
}

/**
 * Sends one `GET`, and returns the body of the answer while it comes. The limit holds until its head has come.
 *
 * @throws as {@linkcode requestJSON} does.
 */
export async function requestBytes(
  url: string,
  { timeoutMs, fetch }: Pick<JSONRequest, "timeoutMs" | "fetch">,
): Promise<ReadableStream<Uint8Array>> {
  const what = `GET ${url}`;
  const request = new AbortController();
  try {
    const response = await deadline(fetch(url, { method: "GET", signal: request.signal }), timeoutMs);
    if (!response.ok) throw await errorFromAnswer(what, response);
    return response.body ?? new ReadableStream({ start: (controller) => controller.close() });
  } catch (thrown) {
    request.abort();
    if (thrown instanceof ServerAPIError) throw thrown;
    throw connectionError(what, thrown, timeoutMs);
  }
}

function connectionError(what: string, thrown: unknown, timeoutMs: number): ServerConnectionError {
  const late = thrown instanceof DeadlineError;
  const found = late ? `no answer within ${timeoutMs} ms` : unreachedReason(thrown);
  const type = late ? "RequestTimeout" : "ConnectionError";
  return new ServerConnectionError(`Cannot ${what}: ${found}`, { type, cause: thrown });
}

async function exchange(
  what: string,
  send: () => Promise<Response>,
  isAnswer: JSONRequest["isAnswer"],
): Promise<unknown> {
  const response = await send();
  if (!response.ok) throw await errorFromAnswer(what, response);
  const text = await response.text();
  const answer = parse(text);
  if (isAnswer(answer)) return answer;
  throw unexpectedAnswer(what, response, text);
}

/** The value of a JSON text: `undefined` for an empty one, `null` for one that is no JSON. */
function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return null;
  }
}

/** `JSON.stringify` would write `null`, which is another value. */
function refuseNonFinite(key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw new TypeError(`Cannot send ${key}: JSON has no ${value}`);
}
