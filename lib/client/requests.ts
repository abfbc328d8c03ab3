import { ASKED_AT, CSRF_TOKEN, DAEMON_CLOCK, LEASE, VALID_FOR } from "../wire/headers.ts";
import { clockOf, type DaemonClock } from "./daemon_clock.ts";
import { endpoint } from "./endpoint.ts";
import { type JSONRequest, requestBytes, requestJSON } from "./request_json.ts";
import { type Fetch, ServerAPIError } from "./server_error.ts";

/** The parts of a request that differ. */
export interface Asked extends Pick<JSONRequest, "method" | "body" | "signal"> {
  path: string[];
  /** The header `Prefer`. */
  prefer?: string;
  /** The limit of this request in milliseconds, if it differs from the default. */
  timeoutMs?: number;
  /** True for the JSON of a LabDaemon's answer. */
  isAnswer: JSONRequest["isAnswer"];
  /** Without the question mark. */
  query?: string;
  /** The token of the lease that it is about. */
  lease?: string;
}

/** The options of {@linkcode Requests}. */
export interface RequestsOptions {
  baseUrl: string;
  timeoutMs: number;
  /** The validity of a command, in milliseconds. */
  validForMs: number;
  fetch: Fetch;
}

/**
 * The requests to one daemon. Each command carries the time of its request and its validity. If the daemon refuses a
 * command as too old, and it is not too old by the clock of this computer, this sends the command once more: the daemon
 * was restarted, or this computer slept.
 */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #clock: DaemonClock;
  /** Sent with each command of a browser's session. */
  csrfToken: string | undefined;
  /** The tokens of the leases that commands are sent under. */
  readonly leases = new Set<string>();

  /** @throws {TypeError} if the address is not an http address. */
  constructor(options: RequestsOptions) {
    endpoint(options.baseUrl);
    this.#options = options;
    this.#clock = clockOf(options.baseUrl);
  }

  /** The limit of one request, in milliseconds. */
  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  /** Sends a request, and returns the JSON of the answer. */
  async send(asked: Asked): Promise<unknown> {
    const askedMs = performance.now();
    try {
      return await this.#send(asked, askedMs);
    } catch (error) {
      const isExpired = error instanceof ServerAPIError && error.type === "CommandExpired";
      if (!isExpired || performance.now() - askedMs >= this.#options.validForMs) throw error;
      return await this.#send(asked, askedMs);
    }
  }

  /**
   * Sends a request, and returns the answer, which is an object.
   *
   * @param key A key of the answer: an answer without it is not a LabDaemon's. Without `key`, any object is an answer,
   * and so is an empty body.
   */
  async answer<Answer>(
    method: string,
    path: string[],
    body?: unknown,
    key?: string,
    more: Pick<Asked, "query" | "timeoutMs" | "prefer"> = {},
  ): Promise<Answer> {
    const isAnswer = (json: unknown) =>
      key === undefined ? typeof json === "object" && json !== null || json === undefined : key in Object(json);
    return await this.send({ method, path, body, isAnswer, ...more }) as Answer;
  }

  /** Sends a request, and returns the value of a key of the answer. */
  async value<Value>(method: string, path: string[], key: string, body?: unknown): Promise<Value> {
    return (await this.answer<Record<string, Value>>(method, path, body, key))[key];
  }

  /** Sends a `GET`, and returns the body of the answer while it comes. */
  async sendForBytes(path: string[], query: string): Promise<ReadableStream<Uint8Array>> {
    const { baseUrl, timeoutMs, fetch } = this.#options;
    return await requestBytes(endpoint(baseUrl, ...path).href + (query ? `?${query}` : ""), { timeoutMs, fetch });
  }

  async #send({ path, prefer, query, lease, ...asked }: Asked, askedMs: number): Promise<unknown> {
    const { baseUrl, timeoutMs, fetch } = this.#options;
    const sentMs = performance.now();
    const isCommand = asked.method !== "GET";
    const leases = lease === undefined ? [...this.leases] : [lease];
    const headers = {
      ...(isCommand && leases.length > 0 && { [LEASE]: leases.join(",") }),
      ...(prefer && { prefer }),
      ...(isCommand && this.#validity(askedMs)),
      ...(isCommand && this.csrfToken !== undefined && { [CSRF_TOKEN]: this.csrfToken }),
    };
    return await requestJSON({
      ...asked,
      url: endpoint(baseUrl, ...path).href + (query ? `?${query}` : ""),
      headers,
      timeoutMs: asked.timeoutMs ?? timeoutMs,
      fetch,
      answered: ({ headers, status }) =>
        this.#clock.read(headers.get(DAEMON_CLOCK), sentMs, performance.now(), status === 409),
    });
  }

  #validity(askedMs: number): Record<string, string> {
    const { validForMs } = this.#options;
    if (validForMs === Infinity) return {};
    const askedAt = this.#clock.at(askedMs);
    return { [VALID_FOR]: String(validForMs / 1000), ...(askedAt && { [ASKED_AT]: askedAt }) };
  }
}

/**
 * For `catch`: `null` for the refusal `NoError`, with which a daemon answers that there is no last error.
 *
 * @throws any other error.
 */
export function nullIfNoError(thrown: unknown): null {
  if (thrown instanceof ServerAPIError && thrown.type === "NoError") return null;
  throw thrown;
}
