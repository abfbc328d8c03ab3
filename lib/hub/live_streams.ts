import { Notifier } from "../async/mod.ts";
import { type HubConnection, maxBodyBytes } from "./hub_connection.ts";
import { liveSubject } from "./names.ts";

/** The headers of a stream that is carried by messages, and of the demand for more of it. */
export const LIVE_HEADERS = { demand: "Lab-Demand", offset: "Lab-Offset", end: "Lab-End" } as const;

/** The bytes that may be on their way to one reader: beyond them the bench waits, and the reader's place stays in its ring. */
export const MAX_ON_THE_WAY_BYTES = 1024 * 1024;

/** A message is no larger. */
const MAX_CHUNK_BYTES = 256 * 1024;

/** A stream that no one has asked for within this time ends. */
const EXPIRY_MS = 10_000;

/** The time between two looks for such streams. */
const SWEEP_MS = 1_000;

/** The streams at a time. */
export const MAX_LIVE_STREAMS = 500;

interface LiveStream {
  /** The bytes that have arrived, as the reader says. */
  arrived: number;
  askedAtMs: number;
  readonly asked: Notifier;
  readonly end: AbortController;
}

/**
 * The streams of a bench that someone reads by the hub now: the bytes of its event streams, in messages, for as long as their
 * readers ask for more. Each is a reader of the bench as any other: thinned where it is asked for, with exact gaps.
 */
export class LiveStreams {
  readonly #hub: HubConnection;
  readonly #bench: string;
  readonly #streams = new Map<string, LiveStream>();
  readonly #timer = setInterval(() => this.#sweep(), SWEEP_MS);

  constructor(hub: HubConnection, bench: string) {
    this.#hub = hub;
    this.#bench = bench;
  }

  /** True while there is no room for another one. */
  get isFull(): boolean {
    return this.#streams.size >= MAX_LIVE_STREAMS;
  }

  /** Sends a stream until it ends, or is not asked for any more. */
  open(id: string, body: ReadableStream<Uint8Array>): void {
    const stream = { arrived: 0, askedAtMs: performance.now(), asked: new Notifier(), end: new AbortController() };
    this.#streams.set(id, stream);
    this.#send(id, body, stream).catch(() => {}).finally(() => {
      if (this.#streams.get(id) === stream) this.#streams.delete(id);
    });
  }

  /** The reader of a stream has so many bytes of it, and asks for more. */
  more(id: string, arrived: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    stream.askedAtMs = performance.now();
    if (arrived > stream.arrived) stream.arrived = arrived;
    stream.asked.notify();
  }

  /** The reader has left. */
  leave(id: string): void {
    this.#streams.get(id)?.end.abort();
  }

  /** Ends all of them. */
  close(): void {
    clearInterval(this.#timer);
    for (const { end } of this.#streams.values()) end.abort();
  }

  async #send(id: string, body: ReadableStream<Uint8Array>, stream: LiveStream): Promise<void> {
    const { nats, headers } = this.#hub;
    const subject = liveSubject(this.#bench, id);
    const reader = body.getReader();
    const { signal } = stream.end;
    const cancel = () => {
      reader.cancel().catch(() => {});
      stream.asked.notify();
    };
    signal.addEventListener("abort", cancel);
    const maxBytes = Math.min(MAX_CHUNK_BYTES, maxBodyBytes(this.#hub));
    let offset = 0;
    for (let read = await reader.read(); !read.done && !signal.aborted; read = await reader.read()) {
      for (let start = 0; start < read.value.length; start += maxBytes) {
        const chunk = read.value.subarray(start, start + maxBytes);
        while (offset - stream.arrived > MAX_ON_THE_WAY_BYTES && !signal.aborted) await stream.asked.next();
        if (signal.aborted) return;
        const sent = headers();
        sent.set(LIVE_HEADERS.offset, String(offset));
        nats.publish(subject, chunk, { headers: sent });
        offset += chunk.length;
      }
    }
    const last = headers();
    last.set(LIVE_HEADERS.end, "true");
    last.set(LIVE_HEADERS.offset, String(offset));
    if (!nats.isClosed()) nats.publish(subject, undefined, { headers: last });
  }

  #sweep(): void {
    const before = performance.now() - EXPIRY_MS;
    for (const { askedAtMs, end } of this.#streams.values()) if (askedAtMs < before) end.abort();
  }
}
