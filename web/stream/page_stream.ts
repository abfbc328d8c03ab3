/// <reference lib="dom" />
import { signal } from "@preact/signals";
import { messageOf } from "../../lib/errors.ts";
import { SSEClient, type StreamEvent } from "../../lib/client/mod.ts";
import { pageFetch } from "../session/session.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { isVisible } from "../page/visibility.ts";
import { SharedStream } from "../tabs/shared_stream.ts";
import { FirstEvent } from "./first_event.ts";
import type { StreamRequest } from "./stream_request.ts";

/** The time without a further change of the request before another stream is opened. */
const SETTLE_MS = 250;
/** The longest wait for a reconnect, and the wait after a refusal: a person sits in front of this page. */
const MAX_RETRY_MS = 5_000;

/** Options of {@linkcode PageStream}. */
export interface PageStreamOptions {
  /** The stream to open; `undefined` for none. */
  request: () => StreamRequest | undefined;
  onEvent: (event: StreamEvent, id: string) => void;
  /** The daemon has accepted the stream, at first or after a reconnect. */
  onOpen: (request: StreamRequest) => void;
  /** Called when the stream has ended by itself. It is opened again, and resumes. */
  onCut: () => void;
}

/**
 * One stream for all devices of a page: browsers allow six connections to a daemon. The client reconnects and resumes;
 * after a refusal, as for a device that was removed, this opens another stream with the request of that time.
 */
export class PageStream {
  readonly isOpen = signal(false);
  readonly first: FirstEvent = new FirstEvent();
  readonly #options: PageStreamOptions;
  /** The stream of another tab: as soon as that has all of this page, its own is closed. */
  readonly #shared: SharedStream;
  #client: SSEClient | undefined;
  /** The key of the request of the open stream; empty without one. */
  #opened = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PageStreamOptions) {
    this.#options = options;
    this.#shared = new SharedStream("streams", {
      onEvent: options.onEvent,
      onShared: () => this.#stopClient(),
      onLost: () => this.reopen(),
    });
  }

  /** Opens another stream if the request has changed: at once without a stream, otherwise when the request has settled. */
  update(): void {
    const isCurrent = () => keyOf(this.#request()) === this.#opened;
    if (isCurrent()) return;
    const isRunning = () => this.#shared.isShared || this.#client?.isRunning();
    this.#later(() => isCurrent() && isRunning() || this.reopen(), isRunning() ? SETTLE_MS : 0);
  }

  /** Opens the stream again; it resumes. */
  reopen(): void {
    const wasOpen = this.#client !== undefined || this.#shared.isShared;
    this.#stop();
    const request = this.#request();
    this.#opened = keyOf(request);
    if (!request && wasOpen && !isVisible.peek()) this.#options.onCut();
    if (!request) return;
    this.first.expect();
    const client: SSEClient = new SSEClient(DAEMON_URL, {
      fetch: pageFetch,
      maxRetryMs: MAX_RETRY_MS,
      onEvent: ({ data, id = "" }) => {
        this.first.settle();
        this.#shared.note(data, id);
        this.#options.onEvent(data, id);
      },
      onOpen: () => {
        this.isOpen.value = true;
        this.#shared.opened(request);
        this.#options.onOpen(request);
      },
      onError: (error, retryInMs) => {
        const isRefused = !client.isRunning();
        if (retryInMs === undefined && !isRefused) return console.error(messageOf(error));
        if (client !== this.#client) return;
        this.isOpen.value = false;
        this.#options.onCut();
        if (isRefused) this.#later(() => this.reopen(), MAX_RETRY_MS * (0.5 + Math.random() / 2));
      },
    });
    this.#client = client;
    const { deviceIds, maxRate, past, since, waits } = request;
    const thinned = Number.isFinite(maxRate) ? { thin: "minmax" as const, max_rate: maxRate } : {};
    client.startDeviceStream(deviceIds, { ...thinned, past, since, waits: waits || undefined });
  }

  /** Ends it for good. */
  close(): void {
    this.#stop();
    this.#shared.close();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#shared.leave();
    this.#stopClient();
    this.#opened = "";
    this.isOpen.value = false;
  }

  #stopClient(): void {
    this.first.settle();
    this.#client?.stopStream();
    this.#client = undefined;
  }

  /** A hidden tab has no stream, and resumes when it is shown. */
  #request(): StreamRequest | undefined {
    return isVisible.value ? this.#options.request() : undefined;
  }

  #later(run: () => void, ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }
}

/** Equal for requests that one stream satisfies. */
function keyOf(request: StreamRequest | undefined): string {
  return request ? `${request.maxRate} ${request.deviceIds}` : "";
}
