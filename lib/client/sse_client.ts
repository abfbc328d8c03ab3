import { deadline, DeadlineError } from "../async/deadline.ts";
import { messageOf } from "../errors.ts";
import { type Columns, unpackColumns } from "./columns.ts";
import { deviceEvents, type DeviceIds, type DeviceStreamOptions, streamUrl } from "./device_events.ts";
import { directFetch } from "./direct_fetch.ts";
import { endpoint } from "./endpoint.ts";
import type { ReceivedEvent } from "./received_event.ts";
import type { Fetch } from "./server_error.ts";
import { type TicketSource, withTicket, withToken } from "./with_token.ts";

/** Options of {@linkcode SSEClient}. */
export interface SSEClientOptions {
  /** Called with each event, in order. When it returns a promise, the next event waits for that. */
  onEvent?: (event: ReceivedEvent) => void | Promise<void>;
  /** Called at each connect and reconnect, when the daemon has accepted the stream. */
  onOpen?: () => void;
  /**
   * Called with each error: a lost connection (`retryInMs` is the time to the next attempt), an `onEvent` that failed, an
   * event that cannot be decoded, the refusal that ended the stream. Defaults to `console.error`.
   */
  onError?: (error: unknown, retryInMs?: number) => void;
  /** The longest wait before a reconnect, in milliseconds. Defaults to 30 seconds. */
  maxRetryMs?: number;
  /** A token of the daemon, sent with every request. */
  token?: string;
  /**
   * Gets a ticket for a path of the daemon, such as `/stream/devices/daq1`: for a page that has no token, whose own server makes
   * tickets by {@linkcode ServerAPI.createTicket}. Called before each connection, since a ticket opens one.
   */
  ticket?: TicketSource;
  /** Defaults to the global `fetch`, without a proxy where the daemon is on this machine. */
  fetch?: Fetch;
}

/** The time from a start to its end. */
interface Run {
  devices: DeviceIds;
  stop: AbortController;
  /** Aborts at the stop, or with the caller's own signal. */
  signal: AbortSignal;
  /** Never rejects. */
  ended: Promise<void>;
}

/**
 * Follows the events of a device, or of several on one connection. It reconnects with backoff and resumes after the last
 * event: a sample arrives once, or a `gap` event reports it as missing. Works in Deno, Node and browsers.
 *
 * A refusal before the first event (an unknown device, a misspelt option) ends the stream: `onError` gets it, and the loop
 * over {@linkcode SSEClient.events} throws it. Later refusals are retried, because the daemon may be restarting. The last
 * event of a removed device is a `device_state` whose `data.reason` is `"removed"`.
 *
 * @example
 * ```ts
 * import { SSEClient } from "labdaemon/client";
 *
 * const client = new SSEClient("http://127.0.0.1:5000", {
 *   onEvent: ({ sequence, payload }) => console.log(sequence, payload),
 * });
 * client.startDeviceStream("daq1", { max_rate: 10, options: { sample_rate: 100 } });
 * await client.stopStream();
 * ```
 */
export class SSEClient {
  readonly #baseUrl: string;
  readonly #onEvent: SSEClientOptions["onEvent"];
  readonly #onOpen: SSEClientOptions["onOpen"];
  readonly #onError: NonNullable<SSEClientOptions["onError"]>;
  readonly #fetch: Fetch;
  readonly #maxRetryMs: number | undefined;
  #run: Run | undefined;
  #lastEventId: string | undefined;

  /** @throws {TypeError} if `baseUrl` is not an http address. */
  constructor(
    baseUrl = "http://127.0.0.1:5000",
    { onEvent, onOpen, onError, maxRetryMs, fetch, token, ticket }: SSEClientOptions = {},
  ) {
    endpoint(baseUrl);
    this.#baseUrl = baseUrl;
    this.#onEvent = onEvent;
    this.#onOpen = onOpen;
    this.#onError = onError ?? logError;
    this.#maxRetryMs = maxRetryMs;
    this.#fetch = withTicket(withToken(fetch ?? directFetch, token), baseUrl, ticket);
  }

  /** The id of the newest event that was delivered. `since` with this id resumes after it. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** True while events may arrive: from the start until the stop, or until a refusal ends the stream. */
  isRunning(): boolean {
    return this.#run !== undefined && !this.#run.signal.aborted;
  }

  /**
   * Starts to deliver the events of a device, or of several, to `onEvent`. A second start for the same devices changes
   * nothing.
   *
   * @throws {Error} if this client already follows other devices, has no `onEvent`, or the id cannot be part of a URL.
   */
  startDeviceStream(devices: DeviceIds, options: DeviceStreamOptions = {}): void {
    if (!this.#onEvent) throw new Error(`Cannot stream "${devices}": this client was made without 'onEvent'`);
    streamUrl(this.#baseUrl, devices);
    if (this.isRunning()) {
      const { devices: current } = this.#run!;
      if (String(current) === String(devices)) return;
      throw new Error(
        `Cannot stream "${devices}": this client follows "${current}", stop that or make a second client`,
      );
    }
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const run: Run = { devices, stop, signal, ended: Promise.resolve() };
    run.ended = this.#deliver(devices, { ...options, signal }, this.#onEvent)
      .finally(() => {
        if (this.#run === run) this.#run = undefined;
      })
      .catch((refusal) => this.#report(refusal)); // reported last, so that a listener may start again
    this.#run = run;
  }

  /**
   * Stops the delivery: `onEvent` is not called any more. Resolves when the connection is closed and the last call has
   * ended, or after `timeoutMs`. Idempotent. Do not await it inside `onEvent`: it waits for `onEvent` itself.
   */
  async stopStream(timeoutMs = 5_000): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.stop.abort();
    await deadline(run.ended, timeoutMs).catch((thrown) => {
      if (!(thrown instanceof DeadlineError)) throw thrown;
    });
  }

  /**
   * The events of a device, or of several, as a loop, with the same guarantees. Several loops may run at the same time.
   * Leaving the loop closes the connection; the loop ends without an error when `signal` aborts.
   *
   * @throws {ServerAPIError} if the daemon refuses before the first event.
   *
   * @example
   * ```ts
   * import { SSEClient } from "labdaemon/client";
   *
   * async function printForFiveSeconds(client: SSEClient) {
   *   for await (const event of client.events("daq1", { signal: AbortSignal.timeout(5_000) })) {
   *     if (event.event === "device_data") console.log(event.payload);
   *   }
   * }
   * ```
   *
   * @example Two devices on one connection; `["*"]` stands for all
   * ```ts
   * import { SSEClient } from "labdaemon/client";
   *
   * async function printBoth(client: SSEClient) {
   *   for await (const { device_id, event } of client.events(["daq1", "host1"], { max_rate: 1 })) {
   *     console.log(device_id, event);
   *   }
   * }
   * ```
   */
  async *events(devices: DeviceIds, options: DeviceStreamOptions = {}): AsyncGenerator<ReceivedEvent, void> {
    this.#lastEventId = options.since;
    const source = {
      fetch: this.#fetch,
      maxRetryMs: this.#maxRetryMs,
      onOpen: this.#onOpen,
      onError: this.#report.bind(this),
    };
    for await (const event of deviceEvents(this.#baseUrl, devices, options, source)) {
      if (event.id !== undefined) this.#lastEventId = event.id;
      yield event;
    }
  }

  /**
   * The events of a device as a loop, with the samples that come together as arrays: {@linkcode Columns}, for a device that is
   * fast. Samples that are not only numbers, single samples, gaps and all other events come as {@linkcode SSEClient.events}
   * gives them, in order.
   *
   * @throws {ServerAPIError} if the daemon refuses before the first event.
   * @throws {TypeError} if a column cannot be read.
   *
   * @example
   * ```ts
   * import { SSEClient } from "labdaemon/client";
   *
   * async function printMeans(client: SSEClient) {
   *   for await (const event of client.columns("daq1", { signal: AbortSignal.timeout(5_000) })) {
   *     if (event.event !== "device_columns" || !(event.values instanceof Float64Array)) continue;
   *     console.log(event.sequence, event.values.reduce((sum, value) => sum + value, 0) / event.count);
   *   }
   * }
   * ```
   */
  async *columns(deviceId: string, options: DeviceStreamOptions = {}): AsyncGenerator<Columns | ReceivedEvent, void> {
    for await (const event of this.events(deviceId, { ...options, format: "columns" })) yield unpackColumns(event);
  }

  /** Stops the stream, as {@linkcode SSEClient.stopStream} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stopStream();
  }

  async #deliver(devices: DeviceIds, options: DeviceStreamOptions, onEvent: NonNullable<SSEClientOptions["onEvent"]>) {
    for await (const event of this.events(devices, options)) {
      if (options.signal?.aborted) return;
      try {
        await onEvent(event);
      } catch (thrown) {
        const what = `${event.event} ${event.id ?? ""}`.trim();
        this.#report(
          new Error(`onEvent failed on ${what} of "${event.device_id}": ${messageOf(thrown)}`, { cause: thrown }),
        );
      }
    }
  }

  #report(error: unknown, retryInMs?: number): void {
    const onError = this.#onError;
    try {
      onError(error, retryInMs);
    } catch (thrown) {
      logError(thrown); // a listener that fails must not end the stream
    }
  }
}

function logError(error: unknown, retryInMs?: number): void {
  console.error(retryInMs === undefined ? error : `${messageOf(error)}; trying again in ${Math.round(retryInMs)} ms`);
}
