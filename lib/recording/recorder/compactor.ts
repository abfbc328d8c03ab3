import { joinSummaries, summaryOf } from "../history/summarize.ts";
import { packSummary, type Summary } from "../history/summary.ts";
import { blockSteps, packStoredBlock } from "../store/columns/block_bytes.ts";
import type { InsertedRow, Row, Segment } from "../store/segment.ts";

/** The limits at which the rows of one device become a block. */
export interface BlockLimits {
  samples: number;
  rows: number;
  /** The time from the first to the last sample of the group, in nanoseconds. */
  ns: bigint;
  /** The frames. */
  bytes: number;
  /** The summaries that are joined to one. */
  joined: number;
}

/** The limits of a block: reading one takes some milliseconds. */
const LIMITS: BlockLimits = { samples: 8192, rows: 500, ns: 60_000_000_000n, bytes: 2 * 1024 * 1024, joined: 64 };

/** A row beyond both limits, in all and per sample, stays as it is: waveforms are as small as text as in columns. */
const MAX_ROW_BYTES = 512 * 1024;
const MAX_SAMPLE_BYTES = 2 * 1024;

/** The limit of waiting frames: beyond it, the oldest groups stay rows. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** The frames that are read in one step. */
const MAX_STEP_BYTES = 512 * 1024;

/** The limit of frames kept in memory for compacting: to read a row from the file costs as much as to store it. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Rows of one source that follow each other. */
interface Group {
  source: number;
  ids: number[];
  samples: number;
  bytes: number;
  t0: bigint;
  t1: bigint;
}

/** Summaries of a source that follow each other. */
interface Joined {
  firstRow: number;
  lastRow: number;
  parts: Summary[];
}

/**
 * Replaces a segment's rows by blocks of columns with summaries, in the transaction of the next rows, so that a crash
 * leaves either the rows or the block. It works between two commits, in steps.
 */
export class Compactor {
  readonly #segment: Segment;
  readonly #limits: BlockLimits;
  readonly #growing = new Map<number, Group>();
  readonly #joined = new Map<number, Joined>();
  #due: Group[] = [];
  #waitingBytes = 0;
  /** The frames of rows that are in no block yet, by their ids. */
  readonly #kept = new Map<number, Uint8Array>();
  #keptBytes = 0;
  /** The work on the first group that is due, once it has begun. Nothing is written before its last step. */
  #steps: Generator<void, void> | undefined;

  constructor(segment: Segment, limits: Partial<BlockLimits> = {}) {
    this.#segment = segment;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** True if there is something to do. */
  get isDue(): boolean {
    return this.#due.length > 0;
  }

  /** A row was inserted. */
  add({ count, t0, t1, bytes: frames }: Row, { id, source }: InsertedRow): void {
    let group = this.#growing.get(source);
    const size = frames.length;
    const isLarge = isWaveforms(size, count);
    if (group && (isLarge || t0 === 0n || spanOf(group, t0, t1) > this.#limits.ns)) {
      this.#finish(group);
      group = undefined;
    }
    // A row without a time stays as it is: a block is found by its times.
    if (t0 === 0n) return;
    group ??= { source, ids: [], samples: 0, bytes: 0, t0, t1 };
    group.ids.push(id);
    if (this.#keptBytes + size <= MAX_KEPT_BYTES) {
      this.#kept.set(id, frames);
      this.#keptBytes += size;
    }
    group.samples += count;
    group.bytes += size;
    if (t0 < group.t0) group.t0 = t0;
    if (t1 > group.t1) group.t1 = t1;
    this.#growing.set(source, group);
    const { samples, rows, bytes } = this.#limits;
    const isFull = group.samples >= samples || group.ids.length >= rows || group.bytes >= bytes;
    if (isLarge || isFull) this.#finish(group);
  }

  /**
   * Makes blocks until all are made, or the time is over.
   *
   * @param isOver Returns true when the time is over. Called every few milliseconds.
   */
  work(isOver: () => boolean): void {
    while (this.#due.length > 0 && !isOver()) {
      this.#steps ??= this.#compact(this.#due[0]);
      if (!this.#steps.next().done) continue;
      this.#steps = undefined;
      this.#leave(this.#due.shift()!);
    }
  }

  /** No more rows come: all that are there are due. */
  complete(): void {
    for (const group of this.#growing.values()) this.#finish(group);
  }

  /** Ends with the finished blocks; the other rows stay as they are. */
  end(): void {
    for (const [source, joined] of this.#joined) this.#join(source, joined);
  }

  #finish(group: Group): void {
    this.#growing.delete(group.source);
    this.#due.push(group);
    this.#waitingBytes += group.bytes;
    while (this.#waitingBytes > MAX_WAITING_BYTES && this.#due.length > 1) {
      this.#steps = undefined;
      const left = this.#due.shift()!;
      this.#leave(left);
      this.#addSummary(left, undefined);
    }
  }

  /** A group waits no more. */
  #leave({ ids, bytes }: Group): void {
    this.#waitingBytes -= bytes;
    for (const id of ids) {
      this.#keptBytes -= this.#kept.get(id)?.length ?? 0;
      this.#kept.delete(id);
    }
  }

  *#compact(group: Group): Generator<void, void> {
    const { ids, samples, bytes, t0, t1 } = group;
    const rows: { id: number; frames: Uint8Array }[] = [];
    let read = 0;
    for (const id of ids) {
      const frames = this.#kept.get(id) ?? this.#segment.frames(id);
      rows.push({ id, frames });
      read += frames.length;
      if (read < MAX_STEP_BYTES) continue;
      read = 0;
      yield;
    }
    const isLarge = isWaveforms(bytes, samples) && ids.length === 1;
    const block = isLarge ? undefined : yield* blockSteps(rows);
    const items = block?.items ?? [new TextDecoder().decode(rows[0].frames)];
    const packed = block && (ids.length > 1 || typeof items[0] !== "string" || items.length > 1)
      ? packStoredBlock(block)
      : undefined;
    yield;
    const summary = summaryOf({ items }, samples, Number(t0 / 1000n), Number(t1 / 1000n));
    if (packed) this.#segment.replace(ids, bytes, packed);
    this.#addSummary(group, summary);
  }

  #addSummary({ source, ids, t0, t1 }: Group, summary: Summary | undefined): void {
    const lastRow = ids[ids.length - 1];
    const joined = this.#joined.get(source) ?? { firstRow: ids[0], lastRow, parts: [] };
    if (!summary) {
      // The rows stay as they are.
      this.#join(source, joined);
      const about = { source, firstRow: ids[0], lastRow, t0, t1, tile: Number((t1 - t0) / 1000n) + 1 };
      this.#segment.addSummary({ level: 1, ...about, bytes: null });
      return;
    }
    const about = { source, firstRow: lastRow, lastRow, t0, t1: nanoseconds(summary.t1), tile: summary.tile };
    this.#segment.addSummary({ level: 0, ...about, bytes: packSummary(summary) });
    joined.parts.push(joinSummaries([summary])!);
    joined.lastRow = lastRow;
    this.#joined.set(source, joined);
    if (joined.parts.length >= this.#limits.joined) this.#join(source, joined);
  }

  #join(source: number, { firstRow, lastRow, parts }: Joined): void {
    this.#joined.delete(source);
    if (parts.length === 0) return;
    const summary = joinSummaries(parts);
    const t0 = nanoseconds(Math.min(...parts.map((it) => it.t0)));
    const t1 = nanoseconds(Math.max(...parts.map((it) => it.t1)));
    const tile = summary?.tile ?? Number((t1 - t0) / 1000n) + 1;
    const bytes = summary ? packSummary(summary) : null;
    this.#segment.addSummary({ level: 1, source, firstRow, lastRow, t0, t1, tile, bytes });
  }
}

function isWaveforms(bytes: number, samples: number): boolean {
  return bytes > MAX_ROW_BYTES && bytes > samples * MAX_SAMPLE_BYTES;
}

/** The span of time of a group with another row. */
function spanOf(group: Group, t0: bigint, t1: bigint): bigint {
  return (t1 > group.t1 ? t1 : group.t1) - (t0 < group.t0 ? t0 : group.t0);
}

/** Behind all times of a microsecond's. */
function nanoseconds(microseconds: number): bigint {
  return BigInt(Math.ceil(microseconds)) * 1000n;
}
