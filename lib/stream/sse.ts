import { getLogger } from "@logtape/logtape";
import { messageOf } from "../errors.ts";
import type { Reader } from "./reader.ts";
import { Turns } from "./turns.ts";

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

/** The time for which streams are written in a row, one or all together, before requests and drivers have their turn. */
const MAX_TURN_MS = 0.5;

/** The bytes that may wait in this process for one reader, besides the kernel's send buffer of some megabytes. */
const MAX_WAITING_BYTES = 64 * 1024;

/** The turns of all streams of this process. */
const TURNS = new Turns(MAX_TURN_MS);

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
  let wrote = performance.now();
  let timer: ReturnType<typeof setTimeout>;
  /** True while this stream is written, or waits for its turn. */
  let isBusy = false;
  /** True if the reader had nothing more, and has not said since that it has. */
  let isDrained = false;
  let leaveTurns = () => {};
  let closed = false;
  let bytes = 0;
  const opened = performance.now();
  const from = reader.sequence;

  const write = (chunk: Uint8Array) => {
    controller.enqueue(chunk);
    bytes += chunk.length;
    wrote = performance.now();
  };
  const wake = () => {
    isDrained = false;
    flush();
  };
  const flush = () => {
    if (isBusy || isDrained) return;
    if (TURNS.isOver) rest();
    else fill();
  };
  const fill = () => {
    const begun = performance.now();
    isBusy = true;
    let isOver = false;
    try {
      while (!closed && !isOver && controller.desiredSize! > 0) {
        const chunk = reader.take();
        isDrained = !chunk;
        if (!chunk) break;
        write(chunk);
        isOver = wrote - begun > MAX_TURN_MS;
      }
    } catch (error) {
      // The error ends this stream only.
      logger.error("A defect ended a stream: {error}", { ...about, error: messageOf(error), cause: error });
      if (end()) controller.close();
    } finally {
      TURNS.spend(Math.max(0, wrote - begun));
    }
    isBusy = false;
    if (isOver) rest();
  };
  const rest = () => {
    isBusy = true;
    leaveTurns = TURNS.wait(fill);
  };
  const watch = () => {
    const silent = performance.now() - wrote;
    const full = controller.desiredSize! <= 0;
    if (full && silent >= MAX_FULL_MS) return close();
    if (!full && silent >= KEEP_ALIVE_MS) write(KEEP_ALIVE);
    const wait = wrote + (full ? MAX_FULL_MS : KEEP_ALIVE_MS) - performance.now();
    // A full socket may have room again at any time, and silence then counts.
    timer = setTimeout(watch, Math.max(1, Math.min(wait, KEEP_ALIVE_MS)));
  };
  const end = () => {
    if (closed) return false;
    closed = true;
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
  const unsubscribe = reader.subscribe(wake);
  const body = new ReadableStream<Uint8Array>({
    start(it) {
      controller = it;
      write(HELLO);
      timer = setTimeout(watch, KEEP_ALIVE_MS);
    },
    pull: flush,
    cancel: () => void end(),
  }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }));
  return { body, close };
}
