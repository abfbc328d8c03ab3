import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import type { HubConnection } from "../hub_connection.ts";
import { LIVE_HEADERS, MAX_ON_THE_WAY_BYTES } from "../live_streams.ts";
import { liveSubject, requestSubject } from "../names.ts";

/** The interval at which a demand is repeated, even if nothing has arrived. */
const DEMAND_MS = 3_000;

/** A stream without any message for this time has ended: a bench sends an empty one every 5 s. */
const SILENT_MS = 16_000;

/** The bytes that wait here for the reader. */
const MAX_WAITING_BYTES = 256 * 1024;

/** After so many bytes the bench is asked for more. */
const DEMAND_BYTES = 128 * 1024;

/** A stream fails if the bench sends this much more than the reader has taken: it would fill the memory. */
const MAX_TOO_MUCH_BYTES = 2 * MAX_ON_THE_WAY_BYTES;

/** A body of a bench that is carried by messages. It errors where a message is missing: the reader of a stream resumes. */
export class LiveStream {
  readonly id: string;
  readonly body: ReadableStream<Uint8Array>;
  readonly #hub: HubConnection;
  readonly #bench: string;
  readonly #subscription: Subscription;
  readonly #timer: ReturnType<typeof setInterval>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #offset = 0;
  #asked = 0;
  #lastChunkMs = performance.now();
  readonly #over = Promise.withResolvers<void>();
  #isOver = false;

  /** @param id That of the body, as the bench has got it with the request. */
  constructor(hub: HubConnection, bench: string, id: string) {
    this.id = id;
    this.#hub = hub;
    this.#bench = bench;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#askIfRoom(),
      cancel: () => this.close(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }));
    this.#subscription = hub.nats.subscribe(liveSubject(bench, this.id), {
      callback: (error, message) => error ? this.fail(error) : this.#take(message),
    });
    this.#timer = setInterval(() => {
      if (performance.now() - this.#lastChunkMs > SILENT_MS) this.fail(new Error("the bench sends no more"));
      else this.#ask();
    }, DEMAND_MS);
    this.#ask();
  }

  /** Resolves when it has ended. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Ends it: the bench sends no more. */
  close(): void {
    if (this.#end()) this.#publish({ end: "true" });
  }

  /** Ends it with an error. */
  fail(error: Error): void {
    if (!this.#end()) return;
    this.#controller.error(error);
    this.#publish({ end: "true" });
  }

  #take({ headers, data }: Msg): void {
    if (this.#isOver) return;
    this.#lastChunkMs = performance.now();
    if (Number(headers?.get(LIVE_HEADERS.offset)) !== this.#offset) return this.fail(new Error("a message is missing"));
    this.#offset += data.length;
    if (headers?.has(LIVE_HEADERS.failure)) return this.fail(new Error(headers.get(LIVE_HEADERS.failure)));
    if (headers?.has(LIVE_HEADERS.end)) {
      if (this.#end()) this.#controller.close();
      return;
    }
    if (data.length === 0) return;
    if (this.#offset - this.#taken > MAX_TOO_MUCH_BYTES) return this.fail(new Error("the bench sends too much"));
    this.#controller.enqueue(data.slice());
    this.#askIfRoom();
  }

  /** The bytes that the reader has taken. */
  get #taken(): number {
    return this.#offset - Math.max(0, MAX_WAITING_BYTES - (this.#controller.desiredSize ?? 0));
  }

  #askIfRoom(): void {
    if (this.#taken - this.#asked >= DEMAND_BYTES) this.#ask();
  }

  #ask(): void {
    this.#asked = this.#taken;
    this.#publish({ offset: String(this.#asked) });
  }

  #publish(values: { offset?: string; end?: string }): void {
    const { nats, headers }: { nats: NatsConnection; headers: HubConnection["headers"] } = this.#hub;
    if (nats.isClosed()) return;
    const sent = headers();
    sent.set(LIVE_HEADERS.demand, this.id);
    for (const [name, value] of Object.entries(values)) {
      sent.set(LIVE_HEADERS[name as keyof typeof values], value);
    }
    nats.publish(requestSubject(this.#bench), undefined, { headers: sent });
  }

  /** Returns false if it has ended before. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#over.resolve();
    clearInterval(this.#timer);
    this.#subscription.unsubscribe();
    return true;
  }
}
