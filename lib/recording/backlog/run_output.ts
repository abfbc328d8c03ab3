import { concat } from "../../format/concat.ts";
import { compress } from "../../stream/columns/compress.ts";
import { packRun } from "../../stream/columns/packed_run.ts";
import type { Run } from "../../stream/columns/run.ts";
import { runBytes } from "../../stream/columns/run_bytes.ts";
import { gapFrame } from "../../stream/frame.ts";
import type { PastPlace, RecordedPart } from "../../stream/past/recorded_part.ts";
import type { BacklogRequest } from "./backlog_request.ts";
import type { BacklogPart } from "./parts.ts";

/** The samples in columns that become frames together. */
const CHUNK_SAMPLES = 500;

/** The fewest samples of a part in columns, and the limit of its bytes as frames. */
const MIN_COLUMN_SAMPLES = 1_000;
const MAX_COLUMN_FRAMES = 16 * 1024 * 1024;

/** The bytes of a number in a column. */
const BYTES = Float64Array.BYTES_PER_ELEMENT;

const encoder = new TextEncoder();

/** The frames of one run, behind a place: each once, and a gap where numbers are missing. */
export class RunOutput {
  /** The sequence number that is due; `undefined` before the first part. */
  due: number | undefined;
  readonly #request: BacklogRequest;
  readonly #epoch: string;
  /** The number behind the last sample of an earlier run. */
  readonly #earlier: number | undefined;
  /** The last event that the reader has, until it is found again. Events before it are held until then. */
  #skipped: string | undefined;
  #held: string[] = [];
  /** The events at the present number. */
  #events = new Set<string>();
  #state = "";
  #bytes: Uint8Array[] = [];
  #size = 0;
  #count = 0;
  #first: number | undefined;
  #last: string | undefined;
  #isEmpty = true;

  constructor(request: BacklogRequest, epoch: string, before: PastPlace | undefined) {
    this.#request = request;
    this.#epoch = epoch;
    if (before?.epoch === epoch) {
      this.due = before.sequence;
      this.#skipped = before.frame;
    } else this.#earlier = before?.sequence;
  }

  /** True if the rest is not asked for. */
  get isOver(): boolean {
    return this.#size > 0 && this.#isForColumns(this.#first ?? this.due!);
  }

  /** The place behind all frames of the run; `undefined` if there were none. */
  get place(): PastPlace | undefined {
    return this.#isEmpty ? undefined : { epoch: this.#epoch, sequence: this.due!, frame: this.#last };
  }

  /** Adds the next part of a recording, and yields the finished parts of the output. */
  *add({ first, next, count, content }: BacklogPart): Generator<RecordedPart, void> {
    this.due ??= first;
    if (next < this.due || first < next && next === this.due) return;
    if (first === next && first === this.due && this.#skipped !== undefined) {
      this.#held.push(content as string);
      if (content !== this.#skipped) return;
      for (const event of this.#held) this.#events.add(event);
      this.#held = [];
      return;
    }
    yield* this.#release();
    if (first > this.due) yield* this.#gap(first);
    if (first === next) yield* this.#event(content as string);
    else if (typeof content === "string") {
      yield* this.#take(encoder.encode(content), first, next, count, count === 0 ? content : undefined);
    } else yield* this.#run(content, this.due);
  }

  /** Yields the rest. */
  *end(): Generator<RecordedPart, void> {
    yield* this.#release();
    yield* this.#flush();
  }

  *#release(): Generator<RecordedPart, void> {
    const held = this.#held;
    this.#held = [];
    this.#skipped = undefined;
    for (const event of held) yield* this.#event(event);
  }

  *#event(text: string): Generator<RecordedPart, void> {
    // Each recording begins with a copy of the state.
    if (this.#events.has(text) || text === this.#state) return;
    this.#events.add(text);
    if (text.startsWith("event: device_state")) this.#state = text;
    yield* this.#take(encoder.encode(text), this.due!, this.due!, 0, text);
  }

  *#gap(next: number): Generator<RecordedPart, void> {
    const from = this.due!;
    const gap = gapFrame(this.#head, { from, to: next - 1, reason: "slow-reader" }, next);
    yield* this.#take(gap, from, next, 0, new TextDecoder().decode(gap));
  }

  *#run(run: Run, from: number): Generator<RecordedPart, void> {
    const end = run.first + run.count;
    const most = this.#columnSamples(run);
    for (let first = from; first < end;) {
      // The first part has frames if a gap to an earlier run comes before them.
      const isFirst = this.#isEmpty && this.#earlier !== undefined;
      const least = this.#isForColumns(first) ? 1 : MIN_COLUMN_SAMPLES;
      const isColumns = !isFirst && Math.min(most, end - first) >= least;
      const count = Math.min(isColumns ? most : CHUNK_SAMPLES, end - first);
      const part = { ...run, at: run.at + first - run.first, count, first };
      if (isColumns) yield* this.#columns(part);
      else yield* this.#take(runBytes(part), first, first + count, count, undefined);
      first += count;
    }
  }

  /** True if only columns are asked for at a place. */
  #isForColumns(sequence: number): boolean {
    const { columnsFrom } = this.#request;
    return columnsFrom?.epoch === this.#epoch && sequence >= columnsFrom.sequence;
  }

  /** The most samples of a run for one part in columns; 0 if frames are asked for. */
  #columnSamples({ template: { slots, chars } }: Run): number {
    const { compress, partBytes } = this.#request;
    return compress ? Math.floor(Math.min(partBytes / (slots.length * BYTES), MAX_COLUMN_FRAMES / chars)) : 0;
  }

  *#columns(run: Run): Generator<RecordedPart, void> {
    yield* this.#flush();
    const { first, count } = run;
    this.#isEmpty = false;
    this.#events.clear();
    this.#last = undefined;
    this.due = first + count;
    yield { epoch: this.#epoch, first, next: this.due, count, bytes: compress(packRun(run)), isColumns: true };
  }

  *#take(
    bytes: Uint8Array,
    first: number,
    next: number,
    count: number,
    event: string | undefined,
  ): Generator<RecordedPart, void> {
    if (this.#size > 0 && this.#size + bytes.length > this.#request.partBytes) yield* this.#flush();
    if (this.#isEmpty && this.#earlier !== undefined) {
      const gap = gapFrame(this.#head, { from: this.#earlier, to: null, reason: "restart" }, first);
      this.#bytes.push(gap);
      this.#size += gap.length;
    }
    this.#isEmpty = false;
    if (next > this.due!) this.#events.clear();
    this.due = next;
    this.#first ??= first;
    this.#bytes.push(bytes);
    this.#size += bytes.length;
    this.#count += count;
    this.#last = event;
  }

  *#flush(): Generator<RecordedPart, void> {
    if (this.#size === 0) return;
    yield {
      ...{ epoch: this.#epoch, first: this.#first!, next: this.due!, count: this.#count, frame: this.#last },
      bytes: concat(this.#bytes),
    };
    this.#bytes = [];
    this.#size = 0;
    this.#count = 0;
    this.#first = undefined;
  }

  get #head() {
    return { deviceId: this.#request.device, epoch: this.#epoch };
  }
}
