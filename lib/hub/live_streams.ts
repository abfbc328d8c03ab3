import { getLogger } from "@logtape/logtape";
import { Notifier } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import { type HubConnection, maxBodyBytes } from "./hub_connection.ts";
import { liveSubject } from "./names.ts";

const logger = getLogger(["labdaemon", "hub"]);

/**
 * The headers of a body that messages carry: its id in the answer, the demand for more, the place of a message, the
 * end, and the reason of an early end.
 */
export const LIVE_HEADERS = {
  ...{ live: "Lab-Live", demand: "Lab-Demand", offset: "Lab-Offset", end: "Lab-End", failure: "Lab-Failure" },
} as const;

/**
 * The limit of the bytes on their way to one reader: beyond them the bench waits, and the reader's place stays in its
 * ring.
 */
export const MAX_ON_THE_WAY_BYTES = 1024 * 1024;

/** A message is no larger. */
const MAX_CHUNK_BYTES = 256 * 1024;

/** A stream that no one has asked for within this time ends. */
const EXPIRY_MS = 10_000;

/** After so much silence an empty message says that the body goes on. */
const ALIVE_MS = 5_000;

/** The time between two looks for such streams. */
const SWEEP_MS = 1_000;

/** The streams at a time. */
export const MAX_LIVE_STREAMS = 500;

interface LiveStream {
  readonly id: string;
  /** The bytes that have arrived, as the reader says; undefined before the first demand. */
  arrived: number | undefined;
  /** The bytes that were sent. */
  offset: number;
  askedAtMs: number;
  sentAtMs: number;
  readonly asked: Notifier;
  readonly end: AbortController;
}

/**
 * The bodies that readers receive by the hub now: event streams, exports, and bodies that do not fit into one message.
 * They travel in messages for as long as their readers ask for more. An event stream is an ordinary reader of the
 * bench: thinned on request, with exact gaps.
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

  /** Sends a body from its first demand on, until it ends or is not asked for any more. */
  open(id: string, body: ReadableStream<Uint8Array>): void {
    const now = performance.now();
    const end = new AbortController();
    const stream = { id, arrived: undefined, offset: 0, askedAtMs: now, sentAtMs: now, asked: new Notifier(), end };
    this.#streams.set(id, stream);
    this.#send(body, stream).catch((error) => messageOf(error)).then(async (failure) => {
      // Before its first demand, the reader does not listen for the end.
      while (stream.arrived === undefined && !end.signal.aborted) await stream.asked.next();
      if (this.#streams.get(id) === stream) this.#streams.delete(id);
      this.#publish(stream, { [LIVE_HEADERS.end]: "true", ...failure && { [LIVE_HEADERS.failure]: failure } });
    }).catch((error) => logger.warn("The end of a body was not sent: {error}", { error: messageOf(error) }));
  }

  /** Notes the bytes that have arrived at the reader of a stream, which asks for more. */
  more(id: string, arrived: number): void {
    const stream = this.#streams.get(id);
    if (!stream || !(arrived <= stream.offset)) return;
    stream.askedAtMs = performance.now();
    stream.arrived = Math.max(stream.arrived ?? 0, arrived);
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

  async #send(body: ReadableStream<Uint8Array>, stream: LiveStream): Promise<void> {
    const reader = body.getReader();
    const { signal } = stream.end;
    const cancel = () => {
      reader.cancel().catch(() => {});
      stream.asked.notify();
    };
    signal.addEventListener("abort", cancel);
    const maxBytes = Math.min(MAX_CHUNK_BYTES, maxBodyBytes(this.#hub));
    const mayGoOn = () => stream.arrived !== undefined && stream.offset - stream.arrived <= MAX_ON_THE_WAY_BYTES;
    for (let read = await reader.read(); !read.done && !signal.aborted; read = await reader.read()) {
      for (let start = 0; start < read.value.length; start += maxBytes) {
        while (!mayGoOn() && !signal.aborted) await stream.asked.next();
        if (signal.aborted) return;
        const chunk = read.value.subarray(start, start + maxBytes);
        this.#publish(stream, {}, chunk);
        stream.offset += chunk.length;
      }
    }
  }

  #publish(stream: LiveStream, values: Record<string, string>, chunk?: Uint8Array): void {
    const { nats, headers } = this.#hub;
    if (nats.isClosed()) return;
    const sent = headers();
    sent.set(LIVE_HEADERS.offset, String(stream.offset));
    for (const [name, value] of Object.entries(values)) sent.set(name, value.replaceAll(/\s+/g, " "));
    nats.publish(liveSubject(this.#bench, stream.id), chunk, { headers: sent });
    stream.sentAtMs = performance.now();
  }

  #sweep(): void {
    const now = performance.now();
    for (const stream of this.#streams.values()) {
      if (now - stream.askedAtMs > EXPIRY_MS) stream.end.abort();
      else if (stream.arrived !== undefined && now - stream.sentAtMs > ALIVE_MS) this.#publish(stream, {});
    }
  }
}
