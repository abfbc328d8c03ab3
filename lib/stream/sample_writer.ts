import { timestamp, timestampOfMicros } from "../async/clock.ts";
import type { SampleBlock, Stamped } from "../driver/timed.ts";
import { LabError } from "../errors.ts";
import { makeBlock } from "./block.ts";
import { BlockEncoder } from "./block_encoder.ts";
import { byteLength, isTooLong } from "./encode.ts";
import { type FrameHead, frameMiddle, type SampleFramer, sampleFramer } from "./frame.ts";
import { BlockPace } from "./pace/block_pace.ts";
import { type SampleSink, SinkQueue } from "./sink_queue.ts";
import { SampleClocks } from "./timed/sample_clocks.ts";
import { formOf, timedValues } from "./timed/timed_values.ts";

/**
 * The lead that blocks may have over their mean interval, so that timers that are late and early by turns never delay a
 * slower source. A block that is further ahead waits for a timer, for 2 ms or more: otherwise, a source that wakes ten
 * thousand times a second would send as many blocks.
 */
const MAX_AHEAD_MS = 4;

/** A block is closed at this size, in characters, whatever the time. */
const MAX_BLOCK_CHARS = 64 * 1024;

/**
 * A block of many samples is sent in parts of this size, in bytes: a thousand numbers are one part, and the daemon checks
 * a part at once.
 */
const MAX_PART_BYTES = 240 * 1024;

/** Blocks with fewer samples gather in a block as single samples do. */
const MIN_PART_SAMPLES = 32;

/** A larger frame is lost. In bytes; a block with one frame fits a packet. */
const MAX_FRAME_BYTES = 60 * 1024 * 1024;

/** Lost samples are reported at most so often. */
const PROBLEM_MS = 10_000;

/**
 * The limit of samples that wait while the sink is busy, in characters. Beyond it the source waits, or loses samples.
 */
const MAX_BACKLOG_CHARS = 4 * 1024 * 1024;

/** The pace of all devices of this process. */
const PACE = new BlockPace();

/**
 * Numbers each sample where the driver yields it, encodes its frame, once, and gathers frames into blocks: the sample
 * of a slow device is sent at once, that of a fast one with all others of the same turn of the timers.
 */
export class SampleWriter {
  readonly #frame: SampleFramer;
  readonly #sink: SampleSink;
  readonly #queue: SinkQueue;
  readonly #clocks: SampleClocks;
  readonly #pace: BlockPace;
  #frames: string[] = [];
  /** Characters in `#frames`. */
  #size = 0;
  #first: number;
  #next: number;
  /** When the next block is due by the mean interval. */
  #due = -Infinity;
  #unschedule: (() => void) | undefined;
  readonly #head: FrameHead;
  #encoder: BlockEncoder | undefined;
  /** Samples that were too large and have not been reported, and when the last one was. */
  #lostLarge = 0;
  #reported = -Infinity;

  /**
   * @param next The sequence number of the first sample.
   * @param pace The pace of its blocks; by default, that of all devices of this process.
   */
  constructor(head: FrameHead, next: number, sink: SampleSink, pace = PACE) {
    this.#pace = pace;
    this.#frame = sampleFramer(head);
    this.#head = head;
    this.#first = this.#next = next;
    this.#sink = sink;
    this.#queue = new SinkQueue(sink);
    this.#clocks = new SampleClocks({
      set: (stepMs, source) => {
        this.#close();
        this.#queue.clock(stepMs, source);
      },
      report: (status) => sink.instrumentClock?.(status),
    });
  }

  /** True while the sink is so far behind that the source should wait. */
  get full(): boolean {
    return this.#size + this.#queue.size >= MAX_BACKLOG_CHARS;
  }

  /**
   * Takes the next sample. A sample that cannot be encoded has a number too, and is reported as lost. So does a sample
   * that is too large; it is no error of the stream, so the problem is reported and the stream continues.
   *
   * @throws {LabError} `DriverError` of type `NotSerializable`.
   */
  write(payload: unknown): void {
    this.#write(payload, timestamp(this.#clocks.read()));
  }

  /** A new run begins: a clock that counts from a zero of its own may begin again. */
  begin(): void {
    this.#clocks.begin();
  }

  /** Takes a value with a time of the instrument's. */
  writeStamped({ time, value, dt }: Stamped): void {
    const { start, received } = this.#clocks.place({ first: time, dt: 0, count: 1 });
    this.#write(value, timestampOfMicros(start), frameMiddle(timestamp(received), dt && secondsOf(dt)));
  }

  /** True if a block is one sample, a waveform. */
  isWaveform(block: SampleBlock): boolean {
    return this.#head.waveforms !== undefined && this.#head.waveforms === formOf(block);
  }

  /** Takes a block of values: one sample for each, or one in all. */
  writeBlock(block: SampleBlock): void {
    const { t0: first, dt, length: count } = block;
    if (count === 0) return;
    const { start, received } = this.#clocks.place({ first, dt, count });
    const receivedText = timestamp(received);
    if (this.isWaveform(block)) {
      const middle = frameMiddle(receivedText, secondsOf(dt));
      return this.#write(block.values, timestampOfMicros(start), middle);
    }
    const middle = frameMiddle(receivedText);
    const { numbers, texts, payload } = timedValues(block);
    const micros = dt * 1000;
    if (!numbers || count < MIN_PART_SAMPLES) {
      for (let i = 0; i < count; i++) {
        this.#write(payload(i), timestampOfMicros(Math.round(start + i * micros)), middle);
      }
      return;
    }
    this.#close();
    const encoder = this.#encoder ??= new BlockEncoder(this.#head);
    const samples = { first: this.#next, start, dt: micros, middle, channels: numbers, texts };
    for (let i = 0; i < count;) {
      const { block: part, to } = encoder.encode(samples, i, MAX_PART_BYTES);
      if (this.#sink.sample) { for (; i < to; i++) this.#sink.sample(samples.first + i, payload(i)); }
      i = to;
      this.#first = this.#next = samples.first + to;
      this.#queue.block(part, part.bytes.length);
    }
    this.#paceNext();
  }

  #write(payload: unknown, time: string, middle?: string): void {
    let frame: string;
    try {
      frame = this.#frame(this.#next, payload, time, middle);
    } catch (error) {
      if (isTooLong(error)) return this.#tooLarge("more than 512 MB");
      this.lose(1);
      throw error;
    }
    if (frame.length > MAX_BLOCK_CHARS) {
      // A character is three bytes at most: only what may be too large is measured.
      const size = frame.length > MAX_FRAME_BYTES / 3 ? byteLength(frame) : frame.length;
      if (size > MAX_FRAME_BYTES) return this.#tooLarge(`${(size / 1e6).toFixed(1)} MB`);
      // In a block of its own.
      this.#close();
    }
    this.#sink.sample?.(this.#next, payload);
    this.#next++;
    this.#frames.push(frame);
    this.#size += frame.length;
    if (this.#size >= MAX_BLOCK_CHARS) this.#close();
    else this.#schedule();
  }

  /** Numbers `count` samples that the source has lost. */
  lose(count: number): void {
    this.#close();
    this.#queue.lost(this.#first = this.#next += count);
  }

  /** Resolves when the sink has taken all that waited for it. */
  drained(signal?: AbortSignal): Promise<void> {
    return this.#queue.drained(signal);
  }

  /** Sends everything to the sink, and resolves when it has taken it. */
  async flush(): Promise<void> {
    this.#close();
    await this.drained();
  }

  /** Loses the next sample, and reports it. */
  #tooLarge(size: string): void {
    const sequence = this.#next;
    this.lose(1);
    this.#lostLarge++;
    const now = performance.now();
    if (now - this.#reported < PROBLEM_MS) return;
    const more = this.#lostLarge > 1 ? `; ${this.#lostLarge} samples were too large since the last report` : "";
    const message = `Sample ${sequence} is too large: ${size} as an event, and ${
      (MAX_FRAME_BYTES / 1e6).toFixed(1)
    } MB at most. It is lost, and the stream continues${more}`;
    this.#reported = now;
    this.#lostLarge = 0;
    const context = { device_id: this.#head.deviceId, sequence, max_bytes: MAX_FRAME_BYTES };
    this.#sink.problem?.(new LabError("DriverError", message, { type: "SampleTooLarge", context }));
  }

  #schedule(): void {
    if (this.#unschedule) return;
    const now = performance.now();
    const due = this.#due - MAX_AHEAD_MS;
    if (due > now) {
      const timer = setTimeout(() => this.#close(), this.#pace.sendAt(due) - now);
      this.#unschedule = () => clearTimeout(timer);
    } else {
      // After all microtasks: samples that the source has ready in this turn go into the same block.
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
    this.#paceNext();
    this.#queue.block(block, size);
  }

  #paceNext(): void {
    const now = performance.now();
    this.#due = Math.max(this.#due, now) + this.#pace.sent(now);
  }
}

/** Milliseconds as seconds, without the digits that dividing adds. */
function secondsOf(ms: number): number {
  return Number((ms / 1000).toPrecision(15));
}
