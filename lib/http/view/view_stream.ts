const encoder = new TextEncoder();
const HELLO = encoder.encode("retry: 2000\n\n");
const KEEP_ALIVE = encoder.encode(": keep-alive\n\n");

/** A comment is written after so much silence, which also detects readers that have vanished. */
const KEEP_ALIVE_MS = 15_000;

/** The time after which a stream ends if its reader takes nothing. */
const MAX_FULL_MS = 60_000;

/** The bytes that wait for the reader: its benches wait with the rest. */
const MAX_WAITING_BYTES = 64 * 1024;

/** The body of a stream that several benches write to. */
export class ViewStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #end = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #room = Promise.withResolvers<void>();
  #wroteMs = performance.now();

  /** @param onClose Called once, at the end of the stream. */
  constructor(onClose: () => void) {
    this.signal.addEventListener("abort", () => {
      clearInterval(this.#timer);
      this.#room.resolve();
      onClose();
    });
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        controller.enqueue(HELLO);
      },
      pull: () => {
        this.#room.resolve();
        this.#room = Promise.withResolvers();
      },
      cancel: () => this.#end.abort(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }));
    this.#timer = setInterval(() => this.#watch(), KEEP_ALIVE_MS / 3);
  }

  /** Aborts at the end of the stream. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Writes some frames. Resolves when there is room for more, or the stream has ended. */
  readonly write = async (bytes: Uint8Array): Promise<void> => {
    if (this.signal.aborted) return;
    this.#controller.enqueue(bytes);
    this.#wroteMs = performance.now();
    while (!this.signal.aborted && this.#controller.desiredSize! <= 0) await this.#room.promise;
  };

  /** Ends the stream. */
  close(): void {
    if (this.signal.aborted) return;
    this.#controller.close();
    this.#end.abort();
  }

  #watch(): void {
    const silentMs = performance.now() - this.#wroteMs;
    const isFull = this.#controller.desiredSize! <= 0;
    if (isFull && silentMs >= MAX_FULL_MS) return this.close();
    if (isFull || silentMs < KEEP_ALIVE_MS) return;
    this.#controller.enqueue(KEEP_ALIVE);
    this.#wroteMs = performance.now();
  }
}
