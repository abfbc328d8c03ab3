/// <reference lib="dom" />
import { signal } from "@preact/signals";
import type { StreamEvent } from "../../lib/client/mod.ts";

const EVENTS = ["device_data", "device_state", "gap", "stream_error"];
/** How long somebody may go on choosing before a new stream is opened. */
const CALM_MS = 250;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** What the stream is to be. */
export interface Wish {
  deviceIds: string[];
  maxRate: number;
  /** How far back to begin with a device that is new here, in seconds. */
  past: number;
  /** The id to go on behind with the others. */
  since: string | undefined;
  /** Whether the page comes back by itself: it then does not start what somebody has stopped meanwhile. */
  waits: boolean;
}

/** Options of {@linkcode Connection}. */
export interface ConnectionOptions {
  /** Asked right before a stream is opened; `undefined`: none is to be. */
  wish: () => Wish | undefined;
  onEvent: (event: StreamEvent, id: string) => void;
  /** The stream is there, or there again. */
  onOpen: (wish: Wish) => void;
  /** The stream has ended by itself. It will be opened again, and goes on where it was. */
  onCut: () => void;
}

/**
 * One stream for all devices of a page. There is never more than one, and what comes from an older one is not heard. A
 * browser opens it again by itself after most failures; where it gives up, as after an answer that is none, this does.
 */
export class Connection {
  readonly isOpen = signal(false);
  readonly #options: ConnectionOptions;
  #source: EventSource | undefined;
  #asked = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Opens another stream if what is wished for is not what there is; at once if there is none, or else when it is calm. */
  update(): void {
    if (this.#key(this.#options.wish()) === this.#asked) return;
    const isRight = () =>
      this.#key(this.#options.wish()) === this.#asked && this.#source?.readyState !== EventSource.CLOSED;
    this.#later(() => isRight() || this.reopen(), this.#source ? CALM_MS : 0);
  }

  /** Opens the stream anew, where it was. */
  reopen(): void {
    this.close();
    const wish = this.#options.wish();
    this.#asked = this.#key(wish);
    if (!wish) return;
    const query = new URLSearchParams({ thin: "minmax", max_rate: String(wish.maxRate) });
    query.set("devices", wish.deviceIds.join(","));
    query.set("past", String(wish.past));
    if (wish.since !== undefined) query.set("since", wish.since);
    if (wish.waits) query.set("waits", "true");
    const source = this.#source = new EventSource(`/stream?${query}`);
    for (const type of EVENTS) {
      source.addEventListener(type, ({ data, lastEventId }) => this.#options.onEvent(JSON.parse(data), lastEventId));
    }
    source.onopen = () => {
      this.#failures = 0;
      this.isOpen.value = true;
      this.#options.onOpen(wish);
    };
    source.onerror = () => this.#onError(source);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
    this.#asked = "";
    this.isOpen.value = false;
  }

  #onError(source: EventSource): void {
    this.isOpen.value = false;
    this.#options.onCut();
    if (source.readyState !== EventSource.CLOSED) return;
    const most = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    this.#later(() => this.reopen(), most * (0.5 + Math.random() / 2));
  }

  #later(run: () => void, ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }

  #key(wish: Wish | undefined): string {
    return wish ? `${wish.maxRate} ${wish.deviceIds}` : "";
  }
}
