import { getLogger } from "@logtape/logtape";
import { messageOf } from "../errors.ts";
import type { Reader } from "./reader.ts";

/** Options of {@linkcode eventStream}. */
export interface EventStreamOptions {
  /** Called once, when the stream is over, whoever ended it. */
  onClose?: () => void;
  /** Whose stream it is, for the log. */
  about?: Record<string, unknown>;
}

/** A stream to one reader. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the stream after what the reader has been given so far. */
  close(): void;
}

const logger = getLogger(["labdaemon", "stream"]);

const encoder = new TextEncoder();
const HELLO = encoder.encode("retry: 2000\n\n");
const KEEP_ALIVE = encoder.encode(": keep-alive\n\n");
const KEEP_ALIVE_MS = 15_000;
const FULL_LIMIT_MS = 60_000;

/** How long one reader is given to in a row before requests and other readers have their turn. */
const LONGEST_TURN_MS = 2;

/** What may wait in this process for one reader. The kernel's send buffer, some megabytes, comes on top. */
const ROOM_BYTES = 64 * 1024;

/**
 * The body of a `text/event-stream` response.
 *
 * As long as the reader's socket has room, it is given new bytes as they come; they are not copied. When the socket is
 * full it is left alone, costs nothing but itself, and goes on from its place when it has room again. After 15 s of
 * silence a comment is written, which also finds out peers that have vanished. Of a socket that stays full for 60 s
 * the stream ends; the reader may resume. The socket itself lives until its peer reads on or TCP gives it up.
 */
export function eventStream(
  reader: Pick<Reader, "take" | "subscribe"> & { readonly sequence?: number },
  { onClose, about = {} }: EventStreamOptions = {},
): EventStream {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let wrote = performance.now();
  let timer: ReturnType<typeof setTimeout>;
  /** Until its next turn, if it has had one. */
  let pause: Promise<void> | undefined;
  let nextTurn: NodeJS.Immediate | undefined;
  let closed = false;
  let bytes = 0;
  const opened = performance.now();
  const from = reader.sequence;

  const write = (chunk: Uint8Array) => {
    controller.enqueue(chunk);
    bytes += chunk.length;
    wrote = performance.now();
  };
  const flush = () => {
    if (pause) return pause;
    const begun = performance.now();
    try {
      while (!closed && controller.desiredSize! > 0) {
        const chunk = reader.take();
        if (!chunk) return;
        write(chunk);
        if (wrote - begun > LONGEST_TURN_MS) return pause = rest();
      }
    } catch (error) {
      // What is wrong with one reader's stream is nobody else's trouble.
      logger.error("A stream was ended by a defect: {error}", { ...about, error: messageOf(error), cause: error });
      if (end()) controller.close();
    }
  };
  const rest = () =>
    new Promise<void>((resolve) => {
      nextTurn = setImmediate(() => {
        pause = undefined;
        flush();
        resolve();
      });
    });
  const watch = () => {
    const silent = performance.now() - wrote;
    const full = controller.desiredSize! <= 0;
    if (full && silent >= FULL_LIMIT_MS) return close();
    if (!full && silent >= KEEP_ALIVE_MS) write(KEEP_ALIVE);
    const wait = wrote + (full ? FULL_LIMIT_MS : KEEP_ALIVE_MS) - performance.now();
    // A full socket may have room again at any time, and silence then counts.
    timer = setTimeout(watch, Math.max(1, Math.min(wait, KEEP_ALIVE_MS)));
  };
  const end = () => {
    if (closed) return false;
    closed = true;
    clearTimeout(timer);
    clearImmediate(nextTurn);
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
    pause = undefined;
    flush();
    if (end()) controller.close();
  };

  logger.debug("stream opened", about);
  const unsubscribe = reader.subscribe(flush);
  const body = new ReadableStream<Uint8Array>({
    start(it) {
      controller = it;
      write(HELLO);
      timer = setTimeout(watch, KEEP_ALIVE_MS);
    },
    pull: flush,
    cancel: () => void end(),
  }, new ByteLengthQueuingStrategy({ highWaterMark: ROOM_BYTES }));
  return { body, close };
}
