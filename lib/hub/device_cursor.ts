import { delay } from "../async/mod.ts";
import type { PastPlace, RecordedPart } from "../stream/past/recorded_part.ts";
import type { StreamLog } from "../stream/stream_log.ts";
import { LogReader, type RingBatch } from "./log_reader.ts";
import type { Batch, PastLimits, RecordedPast } from "./past.ts";

/** While the recorder still stores the log, its recording is read again after this time, at most `MAX_WAITS` times. */
const STORE_MS = 300;
const MAX_WAITS = 20;

/** A reader of recordings changes to the ring only if at least this fraction of the ring is before its place. */
const RING_MARGIN = 0.5;

/**
 * A cursor that is more samples behind than this reads recordings even if the ring has all samples. Recordings store
 * samples as columns, which cost a tenth of frames. To begin reading them costs as much as some 20,000 samples in
 * frames.
 */
export const FAR_SAMPLES = 30_000;

/**
 * The limit of an uncompressed part of the recordings. To send a part delays the live readers, at this size by one or
 * two milliseconds.
 */
const MAX_PART_BYTES = 256 * 1024;

/** The options of {@linkcode DeviceCursor}. */
export interface CursorOptions {
  /** The source of all that the ring no longer has. */
  recorded?: RecordedPast;
  /**
   * Called before recordings are read; it may wait for other readers. Returns the function that gives the place back.
   */
  enter?: (signal: AbortSignal) => Promise<() => void>;
  /** True to let the process that reads the recordings compress larger parts, and give many samples as columns. */
  compressPast?: boolean;
}

/**
 * A place in the past and present of a device. Entries that the ring no longer has are read from recordings, and the
 * entries behind them come from the ring without a seam. Entries that neither has become a gap. The place moves when a
 * batch is accepted.
 */
export class DeviceCursor {
  readonly log: StreamLog;
  readonly #ring: LogReader;
  readonly #options: CursorOptions;
  #place: PastPlace | undefined;
  /** Without a place: the limits of reading the recordings. */
  #limits: PastLimits = {};
  #isInRing = false;
  /** True while the cursor reads recordings though the ring had all samples. */
  #isChosen = false;
  /** From this sequence number on, the cursor reads columns only: the ring has everything after it. */
  #columnsFrom = Infinity;
  #parts: AsyncIterator<RecordedPart> | undefined;
  /** The next part, read while the last one is published. */
  #ahead: Promise<IteratorResult<RecordedPart>> | undefined;
  #leave = () => {};
  /** The number of waits for the recorder since the last batch was accepted. */
  #waits = 0;

  constructor(log: StreamLog, options: CursorOptions = {}) {
    this.log = log;
    this.#ring = new LogReader(log);
    this.#options = options;
  }

  /**
   * Goes on behind a place, of this run or an earlier one; without one, with the oldest that there is.
   *
   * @param limits Without a place: the newest part of the recordings that has no more bytes, and is no older.
   */
  async moveTo(place: PastPlace | undefined, limits: PastLimits = {}): Promise<void> {
    await this.close();
    this.#place = place;
    this.#limits = limits;
    this.#waits = 0;
    const isInRing = place?.epoch === this.log.epoch && this.#moveRing(0);
    this.#isChosen = isInRing && this.#isFar(place);
    this.#isInRing = isInRing && !this.#isChosen;
  }

  /** Goes on behind the last batch that was accepted. */
  again(): Promise<void> {
    return this.moveTo(this.#place, this.#limits);
  }

  /** True once something of the present run was accepted. */
  get isInPresent(): boolean {
    return this.#place?.epoch === this.log.epoch;
  }

  /** True if there is something to read. */
  get hasMore(): boolean {
    return !this.#isInRing || this.#ring.hasMore;
  }

  /** True while it reads recordings. */
  get isBehind(): boolean {
    return this.#parts !== undefined;
  }

  /**
   * The next batch, of some `maxBytes`; `undefined` if there is none now. The cursor's place stays until {@linkcode
   * accept}.
   */
  async read(maxBytes: number, signal: AbortSignal): Promise<Batch | undefined> {
    if (this.#isInRing && this.#options.recorded && this.#ring.isOvertaken) this.#isInRing = false;
    while (!this.#isInRing) {
      const part = await this.#nextPart(maxBytes, signal);
      if (part) return part;
      if (signal.aborted) return undefined;
    }
    return this.#ring.read(maxBytes);
  }

  /** The next batch of the ring alone. */
  readRing(maxBytes: number): Batch | undefined {
    return this.#isInRing ? this.#ring.read(maxBytes) : undefined;
  }

  /** Goes on behind a batch. */
  async accept(batch: Batch): Promise<void> {
    this.#place = batch.place;
    this.#waits = 0;
    if (this.#isInRing) this.#ring.accept(batch as RingBatch);
    else if (!batch.isColumns && this.#enterRing(RING_MARGIN)) await this.close();
  }

  /** Ends the reading of recordings. */
  async close(): Promise<void> {
    const parts = this.#parts;
    this.#parts = this.#ahead = undefined;
    await parts?.return?.();
    this.#leave();
    this.#leave = () => {};
  }

  async #nextPart(partBytes: number, signal: AbortSignal): Promise<Batch | undefined> {
    this.#parts ??= await this.#open(partBytes, signal);
    const found = await (this.#ahead ?? this.#parts?.next());
    if (found && !found.done && !this.#isBetterInRing(found.value)) {
      this.#ahead = this.#parts!.next();
      this.#ahead.catch(() => {});
      const { bytes, epoch, first, next, count, frame, isCompressed, isColumns } = found.value;
      const place = { epoch, sequence: next, frame };
      return { bytes, size: bytes.length, first, count, place, isCompressed, isColumns };
    }
    await this.close();
    if (signal.aborted || this.#isInRing || this.#enterRing(0)) return undefined;
    if (this.#place?.epoch === this.log.epoch && this.#place.sequence >= this.#columnsFrom) {
      // The ring has meanwhile dropped the samples after `#columnsFrom`: read them all from the recordings.
      this.#isChosen = false;
      this.#columnsFrom = Infinity;
      return undefined;
    }
    // It may be stored in a moment.
    if (this.#options.recorded?.isStoring(this.log) && this.#waits++ < MAX_WAITS) {
      await delay(STORE_MS, { signal }).catch(() => {});
    } else this.#enterRingBehindGap();
  }

  async #open(partBytes: number, signal: AbortSignal): Promise<AsyncIterator<RecordedPart> | undefined> {
    const { recorded, enter, compressPast: compress } = this.#options;
    if (!recorded) return undefined;
    this.#leave = await enter?.(signal) ?? (() => {});
    this.#columnsFrom = compress ? this.#findColumnsFrom() : Infinity;
    const { log: { deviceId, epoch } } = this;
    const columnsFrom = this.#columnsFrom < Infinity ? { epoch, sequence: this.#columnsFrom } : undefined;
    const limits = { ...this.#limits, partBytes: compress ? partBytes : Math.min(partBytes, MAX_PART_BYTES) };
    return recorded.behind(deviceId, this.#place, { ...limits, present: epoch, compress, columnsFrom })
      ?.[Symbol.asyncIterator]();
  }

  #findColumnsFrom(): number {
    const { log } = this;
    if (this.#place?.epoch !== log.epoch) return Infinity;
    log.ring.trim();
    return this.#isChosen ? 0 : log.oldest + Math.ceil(RING_MARGIN * (log.sequence - log.oldest));
  }

  #isFar({ sequence }: PastPlace): boolean {
    return this.#options.compressPast === true && this.#options.recorded !== undefined &&
      this.log.sequence - sequence > FAR_SAMPLES;
  }

  /**
   * Changes to the ring if that is better than a part of the recordings: the ring has samples or events that the part
   * lacks, or the part has frames, as the ring does.
   */
  #isBetterInRing({ epoch, first, next, count, isColumns }: RecordedPart): boolean {
    if (epoch !== this.log.epoch || this.#place?.epoch !== epoch) return false;
    const isWhole = first === this.#place.sequence && next - first === count;
    if (!this.#moveRing(isWhole && !this.#isChosen ? RING_MARGIN : 0)) return false;
    return this.#isInRing = !isWhole || !isColumns || this.#ring.hasNotices(next);
  }

  /** Goes on in the ring, if it has the place. @param margin The part of the ring that has to be before the place. */
  #enterRing(margin: number): boolean {
    return this.#isInRing = this.#moveRing(margin);
  }

  /** Moves the ring's reader to the place, if the ring has that place. */
  #moveRing(margin: number): boolean {
    const { log, log: { ring } } = this;
    ring.trim();
    const place = this.#place;
    if (place?.epoch === log.epoch) {
      if (place.sequence < log.oldest + margin * (log.sequence - log.oldest)) return false;
      this.#ring.moveTo(place);
    } else {
      // A ring that has dropped nothing has the whole of this run.
      if (margin > 0 || ring.firstEntry > 0 || log.oldest > 0) return false;
      this.#ring.moveToOldest(place?.sequence);
    }
    return true;
  }

  #enterRingBehindGap(): void {
    if (this.#place?.epoch === this.log.epoch) this.#ring.moveTo(this.#place);
    else this.#ring.moveToOldest(this.#place?.sequence);
    this.#isInRing = true;
  }
}
