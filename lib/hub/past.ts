import type { PastPlace, RecordedPart } from "../stream/past/recorded_part.ts";
import type { StreamLog } from "../stream/stream_log.ts";

/** Consecutive frames of one run, in one message. */
export interface Batch {
  readonly bytes: Uint8Array;
  /** The pieces of the batch, if there are several: a consumer that copies them at once needs no {@linkcode bytes}. */
  readonly parts?: readonly Uint8Array[];
  /** The length of {@linkcode bytes}. */
  readonly size: number;
  /** The first sequence number: of a sample, of a gap, or for events alone, of the next sample. */
  first: number;
  /** The samples in it. */
  count: number;
  /** The place behind it. */
  place: PastPlace;
  /** True if the bytes are compressed by Zstandard. */
  isCompressed?: boolean;
  /** True if they are the packed columns of a run, compressed. */
  isColumns?: boolean;
}

/** The part of the past for a hub that has none yet: at most `maxBytes`, none before `since` (ms since 1970). */
export interface PastLimits {
  maxBytes?: number;
  since?: number;
}

/** The recordings of a bench, for readers whose place the rings no longer have. */
export interface RecordedPast {
  /**
   * The recorded frames of a device behind a place, in order; `undefined` without a recording of it.
   *
   * @param limits `maxBytes`, `since`: only without a place: the newest bytes of frames, the earliest time in ms since
   * 1970. `present`: the present run; it follows all others, whatever their clocks said. `compress`: the reading
   * process compresses larger parts, and gives many samples as columns. `columnsFrom`: from this place on, only columns
   * are given; reading ends at the first part that has none.
   */
  behind(
    device: string,
    after: PastPlace | undefined,
    limits: PastLimits & {
      partBytes: number;
      present?: string;
      compress?: boolean;
      columnsFrom?: Pick<PastPlace, "epoch" | "sequence">;
    },
  ): AsyncIterable<RecordedPart> | undefined;
  /**
   * Starts the reading processes, because readers are likely to come soon. They end a while after the last call, or the
   * last reader.
   */
  prepare?(): void;
  /** True while a recording has yet to store something of a log. */
  isStoring(log: StreamLog): boolean;
}
