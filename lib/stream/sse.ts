import { getLogger } from "@logtape/logtape";
import { messageOf } from "../errors.ts";
import type { Reader } from "./reader.ts";
import { STREAM_TURNS } from "./turns.ts";

/** Options of {@linkcode EventStream}. */
export interface EventStreamOptions {
  /** Called once, when the stream is over. */
  onClose?: () => void;
  /** The device and its reader, for the log. */
  about?: Record<string, unknown>;
}

const logger = getLogger(["labdaemon", "stream"]);

const encoder = new TextEncoder();
const HELLO = encoder.encode("retry: 2000\n\n");
const KEEP_ALIVE = encoder.encode(": keep-alive\n\n");

/** A comment is written after so much silence. */
const KEEP_ALIVE_MS = 15_000;

/** The stream of a socket that stays full for so long ends. */
const MAX_FULL_MS = 60_000;

/** The bytes that may wait in this process for one reader, besides the kernel's send buffer of some megabytes. */
const MAX_WAITING_BYTES = 64 * 1024;

/** The reader of a stream; `sequence` is its place, for the log. */
type StreamedReader = Pick<Reader, "take" | "subscribe"> & { readonly sequence?: number };

/**
 * A stream to one reader: the body of a `text/event-stream` response.
 *
 * While the reader's socket has room, new bytes are written as they come, without a copy. When the socket is full,
 * nothing is written or kept for it; when it has room again, it continues from its place. After 15 s of silence a comment
 * is written, which also detects peers that have vanished. When a socket stays full for 60 s, the stream ends; the
 * reader may resume. The socket itself stays open until its peer reads on or TCP gives up.
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #reader: StreamedReader;
  readonly #onClose: (() => void) | undefined;
  readonly #about: Record<string, unknown>;
  readonly #unsubscribe: () => void;
  readonly #opened = performance.now();
  readonly #from: number | undefined;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /**
   * The time of the last write, in whole milliseconds modulo 49 days: V8 would store a fraction as a new object at each
   * write.
   */
  #wrote = performance.now() | 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** True while this stream is written, or waits for its turn. */
  #isBusy = false;
  /** False once its socket is full, until the runtime asks for more. */
  #hasRoom = true;
  #isClosed = false;
  #bytes = 0;
  #leaveTurns = () => {};
  /** Ends the open `pull`, after which the stream is asked for more once its socket has room. */
  #pulled = () => {};

  constructor(reader: StreamedReader, { onClose, about = {} }: EventStreamOptions = {}) {
    this.#reader = reader;
    this.#onClose = onClose;
    this.#about = about;
    this.#from = reader.sequence;
    logger.debug("stream opened", about);
    this.#unsubscribe = reader.subscribe((now) => this.#flush(now));
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        this.#write(HELLO, this.#opened);
        this.#timer = setTimeout(() => this.#watch(), KEEP_ALIVE_MS);
      },
      pull: () => this.#pull(),
      cancel: () => void this.#end(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }));
  }

  /** Ends the stream after the entries that are available to the reader now. */
  readonly close = () => {
    this.#leaveTurns();
    this.#fill();
    if (this.#end()) this.#controller.close();
  };

  /** Writes new entries, in turns with the other streams. */
  #flush(now?: number): void {
    if (this.#isBusy || !this.#hasRoom) return;
    if (STREAM_TURNS.isOver) this.#waitForTurn();
    else this.#fill(now);
  }

  #waitForTurn(): void {
    this.#isBusy = true;
    this.#leaveTurns = STREAM_TURNS.wait(() => this.#fill());
  }

  #fill(now?: number): void {
    const begun = now ?? performance.now();
    if (now === undefined) STREAM_TURNS.begin(begun);
    this.#isBusy = true;
    let last = begun;
    let isOver = false;
    try {
      // Most often there is one chunk: it has the waker's time, if there is one, and the clock is not read.
      for (let at = now; this.#hasRoom && !isOver; at = undefined) {
        const chunk = this.#reader.take();
        if (!chunk) break;
        last = at ?? performance.now();
        this.#write(chunk, last);
        isOver = last - begun > STREAM_TURNS.maxMs;
      }
    } catch (error) {
      // The error ends this stream only.
      logger.error("A defect ended a stream: {error}", { ...this.#about, error: messageOf(error), cause: error });
      if (this.#end()) this.#controller.close();
    }
    if (last > begun) STREAM_TURNS.end(last);
    this.#isBusy = false;
    if (isOver) this.#waitForTurn();
  }

  #write(chunk: Uint8Array, now: number): void {
    this.#controller.enqueue(chunk);
    this.#bytes += chunk.length;
    this.#wrote = now | 0;
    if (this.#controller.desiredSize! > 0) return;
    this.#hasRoom = false;
    this.#pulled();
  }

  /**
   * Returns a promise while there is room: otherwise the runtime would pull twice for each chunk, each time with two
   * promises. The promise resolves when the stream is full; the runtime pulls again when there is room.
   */
  #pull(): Promise<void> | undefined {
    if (this.#isClosed) return;
    this.#hasRoom = true;
    this.#flush();
    if (this.#hasRoom) return new Promise<void>((resolve) => this.#pulled = resolve);
  }

  /** Writes a comment after some silence, and ends a stream whose socket stays full. */
  #watch(): void {
    const silent = performance.now() - this.#wrote | 0;
    const isFull = this.#controller.desiredSize! <= 0;
    if (isFull && silent >= MAX_FULL_MS) return this.close();
    if (!isFull && silent >= KEEP_ALIVE_MS) this.#write(KEEP_ALIVE, performance.now());
    const wait = (isFull ? MAX_FULL_MS : KEEP_ALIVE_MS) - silent;
    // A full socket may have room again at any time, and silence then counts.
    this.#timer = setTimeout(() => this.#watch(), Math.max(1, Math.min(wait, KEEP_ALIVE_MS)));
  }

  /** Returns false for a stream that has ended already. */
  #end(): boolean {
    if (this.#isClosed) return false;
    this.#isClosed = true;
    this.#hasRoom = false;
    clearTimeout(this.#timer);
    this.#leaveTurns();
    const samples = this.#from === undefined ? undefined : this.#reader.sequence! - this.#from;
    logger.debug(`stream closed after {ms} ms: {bytes} bytes${samples === undefined ? "" : ", {samples} samples on"}`, {
      ...this.#about,
      ms: Math.round(performance.now() - this.#opened),
      bytes: this.#bytes,
      samples,
    });
    this.#unsubscribe();
    this.#onClose?.();
    return true;
  }
}
