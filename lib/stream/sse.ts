import { getLogger } from "@logtape/logtape";
import { messageOf } from "../errors.ts";
import type { Reader } from "./reader.ts";
import { STREAM_TURNS } from "./turns.ts";

/** Options of {@linkcode eventStream}. */
export interface EventStreamOptions {
  /** Called once, when the stream is over. */
  onClose?: () => void;
  /** The device and its reader, for the log. */
  about?: Record<string, unknown>;
}

/** A stream to one reader. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the stream after what the reader has available now. */
  close(): void;
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

/**
 * The body of a `text/event-stream` response.
 *
 * While the reader's socket has room, new bytes are written as they come, without a copy. When the socket is full,
 * nothing is written or kept for it; when it has room again, it continues from its place. After 15 s of silence a comment
 * is written, which also detects peers that have vanished. When a socket stays full for 60 s, the stream ends; the
 * reader may resume. The socket itself stays open until its peer reads on or TCP gives up.
 */
export function eventStream(
  reader: Pick<Reader, "take" | "subscribe"> & { readonly sequence?: number },
  { onClose, about = {} }: EventStreamOptions = {},
): EventStream {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  /**
   * The time of the last write, in whole milliseconds that begin again after 49 days: a fraction would be a new object for each
   * write, and V8 would have to note that an old one refers to it.
   */
  let wrote = performance.now() | 0;
  let timer: ReturnType<typeof setTimeout>;
  /** True while this stream is written, or waits for its turn. */
  let isBusy = false;
  /** False once its socket is full, until the runtime asks for more. */
  let hasRoom = true;
  let leaveTurns = () => {};
  /** Ends the open `pull`, after which the stream is asked for more once its socket has room. */
  let pulled = () => {};
  let closed = false;
  let bytes = 0;
  const opened = performance.now();
  const from = reader.sequence;

  const write = (chunk: Uint8Array, now: number) => {
    controller.enqueue(chunk);
    bytes += chunk.length;
    wrote = now | 0;
    if (controller.desiredSize! > 0) return;
    hasRoom = false;
    pulled();
  };
  const flush = (now?: number) => {
    if (isBusy || !hasRoom) return;
    if (STREAM_TURNS.isOver) rest();
    else fill(now);
  };
  const fill = (now?: number) => {
    const begun = now ?? performance.now();
    if (now === undefined) STREAM_TURNS.begin(begun);
    isBusy = true;
    let last = begun;
    let isOver = false;
    try {
      // Most often one chunk is all there is, and the clock is not read for it where the waker has.
      for (let at = now; hasRoom && !isOver; at = undefined) {
        const chunk = reader.take();
        if (!chunk) break;
        last = at ?? performance.now();
        write(chunk, last);
        isOver = last - begun > STREAM_TURNS.maxMs;
      }
    } catch (error) {
      // The error ends this stream only.
      logger.error("A defect ended a stream: {error}", { ...about, error: messageOf(error), cause: error });
      if (end()) controller.close();
    }
    if (last > begun) STREAM_TURNS.end(last);
    isBusy = false;
    if (isOver) rest();
  };
  /**
   * While this is open, the runtime does not ask for more: without it, it would ask twice for each chunk, each time with two
   * promises. A full stream closes it, and is asked when there is room.
   */
  const pull = () => {
    if (closed) return;
    hasRoom = true;
    flush();
    if (hasRoom) return new Promise<void>((resolve) => pulled = resolve);
  };
  const rest = () => {
    isBusy = true;
    leaveTurns = STREAM_TURNS.wait(() => fill());
  };
  const watch = () => {
    const silent = performance.now() - wrote | 0;
    const full = controller.desiredSize! <= 0;
    if (full && silent >= MAX_FULL_MS) return close();
    if (!full && silent >= KEEP_ALIVE_MS) write(KEEP_ALIVE, performance.now());
    const wait = (full ? MAX_FULL_MS : KEEP_ALIVE_MS) - silent;
    // A full socket may have room again at any time, and silence then counts.
    timer = setTimeout(watch, Math.max(1, Math.min(wait, KEEP_ALIVE_MS)));
  };
  const end = () => {
    if (closed) return false;
    closed = true;
    hasRoom = false;
    clearTimeout(timer);
    leaveTurns();
    const samples = from === undefined ? undefined : reader.sequence! - from;
    logger.debug(`stream closed after {ms} ms: {bytes} bytes${samples === undefined ? "" : ", {samples} samples on"}`, {
      ...about,
      ms: Math.round(performance.now() - opened),
      bytes,
      samples,
    });
    unsubscribe();
    onClose?.();
    return true;
  };
  const close = () => {
    leaveTurns();
    fill();
    if (end()) controller.close();
  };

  logger.debug("stream opened", about);
  const unsubscribe = reader.subscribe(flush);
  const body = new ReadableStream<Uint8Array>({
    start(it) {
      controller = it;
      write(HELLO, opened);
      timer = setTimeout(watch, KEEP_ALIVE_MS);
    },
    pull,
    cancel: () => void end(),
  }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }));
  return { body, close };
}
