import type { PastPlace, RecordedPart } from "../stream/past/recorded_part.ts";
import type { StreamLog } from "../stream/stream_log.ts";

/** Consecutive frames of one run, in one message. */
export interface Batch {
  readonly bytes: Uint8Array;
  /** The pieces of the batch, if there are several: a consumer that copies them at once needs no {@linkcode bytes}. */
  readonly parts?: readonly Uint8Array[];
  /** The length of {@linkcode bytes}. */
  readonly size: number;
  /** The first number that it is about: of a sample, of a gap, or of the sample that would come next. */
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

/** The part of the past that a hub without any keeps: the newest bytes, and the earliest time, in ms since 1970. */
export interface PastLimits {
  maxBytes?: number;
  since?: number;
}

/** The recordings of a bench, for readers whose place the rings no longer have. */
export interface RecordedPast {
  /**
   * The recorded frames of a device behind a place, in order; `undefined` without a recording of it.
   *
   * @param limits `maxBytes`: without a place, the newest part that has no more bytes of frames. `since`: without a place, what is
   * no older, in ms since 1970. `present`: the present run, which follows all others, whatever the clock said. `compress`: larger parts are
   * compressed where they are read, and many samples are in columns. `columnsFrom`: from this place on it
   * has columns only, up to the first other part.
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
