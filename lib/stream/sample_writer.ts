import { abortable } from "../async/mod.ts";
import { type Block, makeBlock } from "./block.ts";
import { type FrameHead, sampleFramer } from "./frame.ts";

/** Where the samples of one device go. */
export interface SampleSink {
  /** Takes a block. A promise asks the writer to wait before it sends the next. */
  block(block: Block): void | Promise<void>;
  /** All samples before `next` that were not in a block are lost. */
  lost(next: number): void;
  /** Takes each sample as it was yielded, before its block: for consumers in the same process. */
  sample?(sequence: number, payload: unknown): void;
}

/**
 * A block that comes sooner than this after the last waits for the next turn of the timers, about 2 ms. A source that is
 * paced by timers never comes so soon; one that is woken ten thousand times a second shall not send as many blocks.
 */
const FLUSH_MS = 0.5;

/** A block is closed at this size, in characters, whatever the time. */
const LARGE_BLOCK = 64 * 1024;

/** What may wait while the sink is busy, in characters. Beyond it the source waits, or loses samples. */
const LARGEST_BACKLOG = 4 * 1024 * 1024;

/**
 * Gives each sample its number where the driver yields it, makes its frame, once, and gathers the frames into blocks: a
 * slow device's sample leaves at once, a fast one's with all others of the same turn of the timers.
 */
export class SampleWriter {
  readonly #frame: (sequence: number, payload: unknown) => string;
  readonly #sink: SampleSink;
  readonly #queue: (() => void | Promise<void>)[] = [];
  /** The last loss that was queued. */
  #loss: (() => void) | undefined;
  #frames: string[] = [];
  /** Characters in `#frames`, and in all that waits. */
  #size = 0;
  #backlog = 0;
  #first: number;
  #next: number;
  #closed = -Infinity;
  #unschedule: (() => void) | undefined;
  #sending: Promise<void> | undefined;

  /** @param next The sequence number of the first sample. */
  constructor(head: FrameHead, next: number, sink: SampleSink) {
    this.#frame = sampleFramer(head);
    this.#first = this.#next = next;
    this.#sink = sink;
  }

  /** Whether the sink is so far behind that the source should wait. */
  get full(): boolean {
    return this.#backlog >= LARGEST_BACKLOG;
  }

  /**
   * Takes the next sample. One that cannot be written down has its number all the same, and is told as lost.
   *
   * @throws {LabError} `DriverError` of type `NotSerializable`.
   */
  write(payload: unknown): void {
    let frame: string;
    try {
      frame = this.#frame(this.#next, payload);
    } catch (error) {
      this.lose(1);
      throw error;
    }
    this.#sink.sample?.(this.#next, payload);
    this.#next++;
    this.#frames.push(frame);
    this.#size += frame.length;
    this.#backlog += frame.length;
    if (this.#size >= LARGE_BLOCK) this.#close();
    else this.#schedule();
  }

  /** Gives `count` numbers to samples that the source has lost. */
  lose(count: number): void {
    this.#close();
    const next = this.#first = this.#next += count;
    const loss = () => this.#sink.lost(next);
    // Losses in a row are one: a source that only loses must not fill the queue.
    if (this.#loss && this.#queue.at(-1) === this.#loss) this.#queue.pop();
    this.#queue.push(this.#loss = loss);
    this.#pump();
  }

  /** Resolves when the sink has taken all that waited for it. */
  async drained(signal?: AbortSignal): Promise<void> {
    while (this.#sending) await abortable(this.#sending, signal);
  }

  /** Hands everything to the sink, and resolves when it has taken it. */
  async flush(): Promise<void> {
    this.#close();
    await this.drained();
  }

  #schedule(): void {
    if (this.#unschedule) return;
    const wait = this.#closed + FLUSH_MS - performance.now();
    if (wait > 0) {
      const timer = setTimeout(() => this.#close(), wait);
      this.#unschedule = () => clearTimeout(timer);
    } else {
      // Behind all microtasks: whatever the source has ready in this turn goes into the same block.
      const immediate = setImmediate(() => this.#close());
      this.#unschedule = () => clearImmediate(immediate);
    }
  }

  #close(): void {
    this.#unschedule?.();
    this.#unschedule = undefined;
    if (!this.#frames.length) return;
    const block = makeBlock(this.#first, this.#frames);
    const size = this.#size;
    this.#frames = [];
    this.#size = 0;
    this.#first = this.#next;
    this.#closed = performance.now();
    this.#queue.push(() => {
      this.#backlog -= size;
      return this.#sink.block(block);
    });
    this.#pump();
  }

  #pump(): void {
    while (!this.#sending && this.#queue.length) {
      this.#sending = this.#queue.shift()!()?.finally(() => {
        this.#sending = undefined;
        this.#pump();
      });
    }
  }
}
