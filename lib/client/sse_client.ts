import { deadline, DeadlineError } from "../async/deadline.ts";
import { messageOf } from "../errors.ts";
import { deviceEvents, type DeviceIds, type DeviceStreamOptions, streamUrl } from "./device_events.ts";
import { endpoint } from "./endpoint.ts";
import type { Fetch } from "./server_error.ts";
import type { StreamEvent } from "./stream_event.ts";

/** Options of {@linkcode SSEClient}. */
export interface SSEClientOptions {
  /** Called with each event, one at a time and in order: when it returns a promise, the next event waits for that. */
  onEvent?: (event: StreamEvent) => void | Promise<void>;
  /**
   * Called with all that goes wrong: a lost connection (then `retryIn` tells in how many ms the next attempt is made), an
   * `onEvent` that failed, an event that cannot be decoded, the refusal that ended the stream. Defaults to `console.error`.
   */
  onError?: (error: unknown, retryIn?: number) => void;
  /** The longest wait for the next attempt, in ms; for somebody who sits there and waits, less. Defaults to 30 seconds. */
  longestRetry?: number;
  /** Defaults to the global `fetch`. */
  fetch?: Fetch;
}

/** One stretch from a start to its end. */
interface Run {
  devices: DeviceIds;
  stop: AbortController;
  /** Aborts at the stop, or when the caller's own signal does. */
  signal: AbortSignal;
  /** Never rejects. */
  ended: Promise<void>;
}

/**
 * Follows the events of a device, or of several on one connection, and stays with them: a lost connection is made anew with backoff and resumes after the
 * last event, so that a sample comes once, or a `gap` event tells that it does not. Works in Deno, Node and browsers.
 *
 * A refusal before the first event (an unknown device, a misspelt option) ends the stream at once: it goes to `onError`, and
 * out of the loop over {@linkcode SSEClient.events}. Later refusals are retried, since the daemon may be restarting: a device
 * that is removed says so in its last `device_state` (`data.reason` is `"removed"`), and who does not stop then gets its
 * events again as soon as it is made anew.
 *
 * @example
 * ```ts
 * import { SSEClient } from "./sse_client.ts";
 *
 * const client = new SSEClient("http://localhost:5000", {
 *   onEvent: ({ sequence, payload }) => console.log(sequence, payload),
 * });
 * client.startDeviceStream("daq1", { max_rate: 10 });
 * await client.stopStream();
 * ```
 */
export class SSEClient {
  readonly #baseUrl: string;
  readonly #onEvent: SSEClientOptions["onEvent"];
  readonly #onError: NonNullable<SSEClientOptions["onError"]>;
  readonly #fetch: Fetch;
  readonly #longestRetry: number | undefined;
  #run: Run | undefined;
  #lastEventId: string | undefined;

  /** @throws {TypeError} if `baseUrl` is not an http address. */
  constructor(baseUrl = "http://localhost:5000", { onEvent, onError, longestRetry, fetch }: SSEClientOptions = {}) {
    endpoint(baseUrl);
    this.#baseUrl = baseUrl;
    this.#onEvent = onEvent;
    this.#onError = onError ?? logError;
    this.#longestRetry = longestRetry;
    this.#fetch = fetch ?? ((url, init) => globalThis.fetch(url, init));
  }

  /** The id of the newest event that was delivered; give it as `since` to go on later from there. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** Whether events may still arrive: from the start until the stop, or until a refusal ended the stream. */
  isRunning(): boolean {
    return this.#run !== undefined && !this.#run.signal.aborted;
  }

  /**
   * Starts to deliver the events of a device, or of several, to `onEvent`. A second start for the same changes nothing.
   *
   * @throws {Error} if this client already follows others, has no `onEvent`, or the id cannot stand in a URL.
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
      .catch((refusal) => this.#report(refusal)); // told last, so that a listener may start anew
    this.#run = run;
  }

  /**
   * Stops delivering: no call of `onEvent` begins any more. Resolves when the connection is closed and the last call has
   * ended, or after `timeout` ms. Idempotent. Inside `onEvent`, call it without waiting: it waits for `onEvent` itself.
   */
  async stopStream(timeout = 5_000): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.stop.abort();
    await deadline(run.ended, timeout).catch((thrown) => {
      if (!(thrown instanceof DeadlineError)) throw thrown;
    });
  }

  /**
   * The events of a device, or of several, as a loop, with the same promises. Several loops may run at the same time. Leaving the loop closes
   * the connection; it ends by itself, without an error, when `signal` aborts.
   *
   * @throws {ServerAPIError} if the daemon refuses before the first event.
   *
   * @example
   * ```ts
   * import { SSEClient } from "./sse_client.ts";
   *
   * async function printForFiveSeconds(client: SSEClient) {
   *   for await (const event of client.events("daq1", { signal: AbortSignal.timeout(5_000) })) {
   *     if (event.event === "device_data") console.log(event.payload);
   *   }
   * }
   * ```
   *
   * @example Two devices on one connection; `["*"]` would be all
   * ```ts
   * import { SSEClient } from "./sse_client.ts";
   *
   * async function printBoth(client: SSEClient) {
   *   for await (const { device_id, event } of client.events(["daq1", "host1"], { max_rate: 1 })) {
   *     console.log(device_id, event);
   *   }
   * }
   * ```
   */
  async *events(devices: DeviceIds, options: DeviceStreamOptions = {}): AsyncGenerator<StreamEvent, void> {
    this.#lastEventId = options.since;
    const surroundings = {
      fetch: this.#fetch,
      longestRetry: this.#longestRetry,
      report: this.#report.bind(this),
    };
    for await (const event of deviceEvents(this.#baseUrl, devices, options, surroundings)) {
      if (event.id !== undefined) this.#lastEventId = event.id;
      yield event;
    }
  }

  /** The same as {@linkcode SSEClient.stopStream}. */
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

  #report(error: unknown, retryIn?: number): void {
    const onError = this.#onError;
    try {
      onError(error, retryIn);
    } catch (thrown) {
      logError(thrown); // a listener that fails must not end the stream
    }
  }
}

function logError(error: unknown, retryIn?: number): void {
  console.error(retryIn === undefined ? error : `${messageOf(error)}; trying again in ${Math.round(retryIn)} ms`);
}
