import assert from "node:assert/strict";

/** One request to the daemon, which the test inspects and answers. */
export interface ScriptedRequest {
  url: URL;
  headers: Headers;
  signal: AbortSignal;
  /** Opens an event stream as the answer. */
  stream(): ScriptedStream;
  /** Answers with JSON. */
  json(status: number, body: unknown): void;
  /** Answers with anything. */
  respond(response: Response): void;
  /** The connection fails before an answer. */
  fail(message: string): void;
}

/** The daemon's end of an event stream. */
export interface ScriptedStream {
  send(text: string): void;
  sendBytes(bytes: Uint8Array<ArrayBuffer>): void;
  end(): void;
  cut(): void;
}

/**
 * A daemon that the test scripts: `fetch` is passed to the client, `next()` resolves to the next request. As over a real
 * connection, an aborted request breaks its stream.
 */
export class ScriptedDaemon {
  readonly requests: ScriptedRequest[] = [];
  #waiting: ((request: ScriptedRequest) => void)[] = [];
  #taken = 0;

  readonly fetch = (url: string, init: RequestInit = {}): Promise<Response> => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const signal = init.signal!;
    signal.addEventListener("abort", () => reject(signal.reason));
    const request: ScriptedRequest = {
      url: new URL(url),
      headers: new Headers(init.headers),
      signal,
      stream: () => scriptedStream(signal, resolve),
      json: (status, body) => resolve(Response.json(body, { status })),
      respond: resolve,
      fail: (message) => reject(new TypeError(message)),
    };
    this.requests.push(request);
    this.#hand();
    return promise;
  };

  next(): Promise<ScriptedRequest> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#hand();
    });
  }

  #hand() {
    while (this.#waiting.length > 0 && this.#taken < this.requests.length) {
      this.#waiting.shift()!(this.requests[this.#taken++]);
    }
  }
}

function scriptedStream(signal: AbortSignal, answer: (response: Response) => void): ScriptedStream {
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ start: (given) => void (controller = given) });
  signal.addEventListener("abort", () => controller.error(signal.reason));
  answer(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  const encoder = new TextEncoder();
  return {
    send: (text) => controller.enqueue(encoder.encode(text)),
    sendBytes: (bytes) => controller.enqueue(bytes),
    end: () => controller.close(),
    cut: () => controller.error(new TypeError("connection reset")),
  };
}

/** A sample of "daq1" as the daemon writes it. */
export function sample(sequence: number, payload: unknown = sequence): string {
  const data = { event: "device_data", device_id: "daq1", sequence, timestamp: "2026-11-22T06:25:52.123456Z", payload };
  return `id: k3f9-${sequence}\nevent: device_data\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Collects the arguments of a callback, and lets the test wait for them. */
export class Inbox<T> {
  readonly all: T[] = [];
  #arrived: { count: number; resolve: () => void }[] = [];

  readonly push = (item: T): void => {
    this.all.push(item);
    this.#arrived = this.#arrived.filter(({ count, resolve }) => this.all.length < count || resolve());
  };

  /** Resolves when `count` items have arrived in total. */
  async has(count: number): Promise<void> {
    if (this.all.length >= count) return;
    await new Promise<void>((resolve) => this.#arrived.push({ count, resolve }));
    assert.ok(this.all.length >= count);
  }
}
