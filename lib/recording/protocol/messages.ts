/**
 * The messages between the daemon and its recorder. To the recorder: packets of `host/protocol/framing.ts`, JSON requests
 * and entries of a log. From it: a line of JSON for each report.
 *
 * @module
 */
import type { BrokenSegment } from "../store/segment_files.ts";
import type { Source, StoredPlace, Totals } from "../store/segment.ts";
import type { Entry } from "../../stream/ring.ts";

/** An entry of a log is a packet of this kind. Its seat is the number of the feed. */
export const ENTRY_PACKET = 2;

/** A request of the daemon. */
export type RecorderRequest =
  /** Begins to record one device into a folder. Answered by `opened`. */
  | { op: "open"; feed: number; folder: string; source: Source; limits?: SegmentLimits }
  /** Ends a feed. Answered by `closed`, when all of it is stored. */
  | { op: "close"; feed: number }
  /** Counts the contents of a recording's files. Answered by `counted`, if the recording is open. */
  | { op: "count"; folder: string }
  /** A recording has ended: closes its file. */
  | { op: "end"; folder: string };

/** The limits at which a file of a recording ends, if that is sooner than by default. */
export interface SegmentLimits {
  maxMs: number;
  maxBytes: number;
}

/** A report of the recorder. */
export type RecorderReport =
  /**
   * The first report: the recorder runs, and reads the ring that it has made, or its standard input if `ring` is
   * `null`.
   */
  | { report: "started"; ring: string | null }
  | ({ report: "opened"; feed: number } & OpenedFeed)
  | { report: "closed"; feed: number }
  /** The feeds of which more is stored: on the disk, whatever happens. */
  | { report: "stored"; feeds: StoredFeed[] }
  /** Segments that were set aside. */
  | { report: "broken"; folder: string; segments: BrokenSegment[] }
  /** The totals of all that is stored of a recording, by the devices. */
  | { report: "counted"; folder: string; totals: Totals[] }
  /** Recording has stopped, and every feed is closed. */
  | { report: "paused"; reason: string }
  /** Recording can go on: feeds may be opened again. */
  | { report: "resumed" }
  | { report: "disk"; freeBytes: number; filesystem: string };

/** The stored part of a feed so far. */
export interface OpenedFeed {
  /** The place behind the stored data of this source; `null` if none are stored. */
  source: StoredPlace | null;
  /** The place behind what is stored of the device, of any source. */
  device: StoredPlace | null;
  /** The totals of the device in the recording. */
  totals: Omit<Totals, "device">;
}

/** The newest part of a feed. */
export interface StoredFeed {
  feed: number;
  /** The number of the log's entry behind it, and the sequence number behind it. */
  entry: number;
  next: number;
  samples: number;
  lost: number;
  /** The bytes that it takes. */
  bytes: number;
}

/** The bytes before the frames in an entry's packet. */
export const ENTRY_HEADER_BYTES = 32;

/** The head of an entry on the wire; its frames follow. `number` is the number of the entry in its log. */
export function entryHead(entry: Entry, number: number): Uint8Array<ArrayBuffer> {
  const head = new DataView(new ArrayBuffer(ENTRY_HEADER_BYTES));
  writeEntryHead(head, 0, entry, number);
  return new Uint8Array(head.buffer);
}

/** Writes the head of an entry at a place. */
export function writeEntryHead(head: DataView, at: number, { first, next, ends }: Entry, number: number): void {
  head.setFloat64(at, first, true);
  head.setFloat64(at + 8, next, true);
  head.setFloat64(at + 16, number + 1, true);
  head.setUint32(at + 24, ends?.length ?? 0, true);
  head.setUint32(at + 28, ends && ends.length > 1 ? ends[ends.length - 2] : 0, true);
}

/** An entry as it arrives. */
export interface FedEntry {
  first: number;
  next: number;
  /** The number of the log's entry behind it. */
  entry: number;
  /** The number of its samples; 0 in an event. */
  count: number;
  /** Where its last frame begins. */
  lastFrame: number;
  frames: Uint8Array;
}

/** Reads the content of an entry's packet. @throws {RangeError} if it is too short. */
export function readEntry(content: Uint8Array): FedEntry {
  const head = new DataView(content.buffer, content.byteOffset, ENTRY_HEADER_BYTES);
  return {
    first: head.getFloat64(0, true),
    next: head.getFloat64(8, true),
    entry: head.getFloat64(16, true),
    count: head.getUint32(24, true),
    lastFrame: head.getUint32(28, true),
    frames: content.subarray(ENTRY_HEADER_BYTES),
  };
}
