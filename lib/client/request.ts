import { deadline, DeadlineError } from "../async/deadline.ts";
import {
  connectionFailure,
  errorFromAnswer,
  type Fetch,
  ServerAPIError,
  ServerConnectionError,
  unexpectedAnswer,
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
  /** Called when the head of an answer has come, whatever its status. */
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
    const late = thrown instanceof DeadlineError;
    throw new ServerConnectionError(
      `Cannot ${what}: ${late ? `no answer within ${timeoutMs} ms` : connectionFailure(thrown)}`,
      {
        type: late ? "RequestTimeout" : "ConnectionError",
        cause: thrown,
      },
    );
  } finally {
    request.abort();
  }
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
