import { abortable } from "../async/mod.ts";
import type { LabError } from "../errors.ts";
import type { InstrumentClockStatus } from "../wire/device.ts";
import type { ClockSource } from "../wire/events.ts";
import type { PackedBlock } from "./block.ts";

/** The destination of a device's samples. */
export interface SampleSink {
  /** Takes a block. The writer sends the next one when a returned promise has resolved. */
  block(block: PackedBlock): void | Promise<void>;
  /** All samples before `next` that were not in a block are lost. */
  lost(next: number): void;
  /** A clock was set by so many milliseconds before the next sample. */
  clock?(stepMs: number, source: ClockSource): void;
  /** The instrument's clock, every two seconds while samples with its times are written. */
  instrumentClock?(status: InstrumentClockStatus): void;
  /** A sample was lost, and the stream continues. */
  problem?(error: LabError): void;
  /** Takes each sample as the driver yielded it, before its block. */
  sample?(sequence: number, payload: unknown): void;
}

/** The packets that wait for a sink, in order: the next is sent when the sink has taken the last one. */
export class SinkQueue {
  readonly #sink: SampleSink;
  readonly #waiting: (() => void | Promise<void>)[] = [];
  /** The last loss that was queued. */
  #loss: (() => void) | undefined;
  #size = 0;
  #sending: Promise<void> | undefined;

  constructor(sink: SampleSink) {
    this.#sink = sink;
  }

  /** The sizes of the blocks that wait. */
  get size(): number {
    return this.#size;
  }

  block(block: PackedBlock, size: number): void {
    this.#size += size;
    this.#waiting.push(() => {
      this.#size -= size;
      return this.#sink.block(block);
    });
    this.#pump();
  }

  /** All samples before `next` that were not in a block are lost. */
  lost(next: number): void {
    const loss = () => this.#sink.lost(next);
    // Losses in a row become one, so that a source that only loses samples does not fill the queue.
    if (this.#loss && this.#waiting.at(-1) === this.#loss) this.#waiting.pop();
    this.#waiting.push(this.#loss = loss);
    this.#pump();
  }

  clock(stepMs: number, source: ClockSource): void {
    this.#waiting.push(() => void this.#sink.clock?.(stepMs, source));
    this.#pump();
  }

  /** Resolves when the sink has taken all that waited for it. */
  async drained(signal?: AbortSignal): Promise<void> {
    while (this.#sending) await abortable(this.#sending, signal);
  }

  #pump(): void {
    while (!this.#sending && this.#waiting.length) {
      this.#sending = this.#waiting.shift()!()?.finally(() => {
        this.#sending = undefined;
        this.#pump();
      });
    }
  }
}
