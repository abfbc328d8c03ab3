import { delay } from "../async/mod.ts";
import { LEVEL_MARK } from "./console_line.ts";

/** The maximum number of bytes that are read at once. */
const READ_BYTES = 64 * 1024;

/** A longer line is cut while its end has not been read: a line without an end does not fill the memory. */
const MAX_LINE_BYTES = 8 * 1024;

/** The budget of a process for each second: what is read as lines. The rest is counted and dropped. */
const INTERVAL_MS = 1_000;
const MAX_BYTES = 64 * 1024;
const MAX_LINES = 500;

/** The number of reads in a second without a pause. After it, each read is followed by one, and the writer waits. */
const MAX_READS = 100;
const PAUSE_MS = 20;

/** The end of dropped output, which may say why the process exits. */
const TAIL_BYTES = 4 * 1024;

const NEWLINE = 10;
const RETURN = 13;
const MARK = LEVEL_MARK.charCodeAt(0);

/** The destination of a process's output. */
export interface OutputEvents {
  /** A line that is not empty. */
  line(text: string): void;
  /** A line at the end of output that was dropped. */
  lastLine(text: string): void;
  /**
   * Called with the numbers of lines and bytes that were dropped since the last call: once in a second, while any are
   * dropped.
   */
  dropped(lines: number, bytes: number): void;
}

/**
 * Reads the output of a process until it ends or the signal aborts. Never rejects.
 *
 * A driver and its programs can write any amount, so each second has a budget: beyond it, bytes are counted and dropped
 * unread, and the pipe is read more slowly. A carriage return ends a line, as in progress bars; a marked line begins at
 * its mark.
 */
export async function readOutput(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  events: OutputEvents,
  signal: AbortSignal,
): Promise<void> {
  const reader = source.getReader({ mode: "byob" });
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  const lines = new BudgetedLines(events);
  let buffer = new Uint8Array(READ_BYTES);
  try {
    while (!signal.aborted) {
      const { value, done } = await reader.read(buffer);
      if (done || !value) break;
      lines.write(value);
      buffer = new Uint8Array(value.buffer);
      if (lines.reads > MAX_READS) await delay(PAUSE_MS, { signal });
    }
  } catch {
    // The source failed or the signal aborted: the lines so far are complete.
  }
  signal.removeEventListener("abort", cancel);
  await reader.cancel().catch(() => {});
  lines.end();
}

/** Cuts bytes into lines, within the budget. */
class BudgetedLines {
  /** The reads in the present second. */
  reads = 0;
  readonly #events: OutputEvents;
  readonly #decoder = new TextDecoder();
  #second = -Infinity;
  #bytes = 0;
  #lines = 0;
  #droppedLines = 0;
  #droppedBytes = 0;
  /** The beginning of a line whose end has not been read. */
  #rest = new Uint8Array();
  /** The end of the dropped output, until output is read again. */
  #tail = new Uint8Array();

  constructor(events: OutputEvents) {
    this.#events = events;
  }

  write(chunk: Uint8Array): void {
    this.#count();
    if (this.#isOver) return this.#drop(chunk);
    const bytes = this.#rest.length ? joined(this.#rest, chunk) : chunk;
    this.#tail = new Uint8Array();
    let start = 0;
    for (let i = this.#rest.length; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte !== NEWLINE && byte !== RETURN && !(byte === MARK && i > start)) continue;
      this.#line(bytes.subarray(start, i));
      start = byte === MARK ? i : i + 1;
      if (!this.#isOver) continue;
      this.#rest = new Uint8Array();
      return this.#drop(bytes.subarray(start));
    }
    if (bytes.length - start > MAX_LINE_BYTES) {
      this.#line(bytes.subarray(start));
      start = bytes.length;
    }
    this.#rest = bytes.slice(start);
  }

  end(): void {
    this.#line(this.#rest);
    for (const line of this.#decoder.decode(this.#tail).split(/[\r\n]+/)) if (line) this.#events.lastLine(line);
    this.#report();
  }

  get #isOver(): boolean {
    return this.#bytes >= MAX_BYTES || this.#lines >= MAX_LINES;
  }

  #line(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#lines++;
    this.#bytes += bytes.length;
    this.#events.line(this.#decoder.decode(bytes));
  }

  #count(): void {
    const now = performance.now();
    if (now - this.#second >= INTERVAL_MS) {
      this.#report();
      this.#second = now;
      this.reads = this.#bytes = this.#lines = 0;
    }
    this.reads++;
  }

  #drop(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) if (bytes[i] === NEWLINE) this.#droppedLines++;
    this.#droppedBytes += this.#rest.length + bytes.length;
    this.#rest = new Uint8Array();
    this.#tail = joined(this.#tail, bytes.subarray(-TAIL_BYTES)).slice(-TAIL_BYTES);
  }

  #report(): void {
    if (this.#droppedBytes) this.#events.dropped(this.#droppedLines, this.#droppedBytes);
    this.#droppedLines = this.#droppedBytes = 0;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
