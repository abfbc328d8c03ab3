import type { StoredFeed } from "../protocol/messages.ts";
import type { Source } from "../store/segment.ts";
import type { PendingRow } from "./pending_row.ts";
import type { RecordingFolder } from "./recording_folder.ts";

/** The part of one device in one recording that is not stored yet. */
export interface RecorderFeed {
  readonly folder: RecordingFolder;
  readonly source: Source;
  row: PendingRow | undefined;
  /** The contents of the present transaction. */
  written: StoredFeed | undefined;
  /** The stored part that is not reported. */
  stored: StoredFeed | undefined;
}

/** The written part of a feed with more behind it. */
export function joined(before: StoredFeed | undefined, more: StoredFeed): StoredFeed {
  if (!before) return more;
  const { samples, lost, bytes } = before;
  return { ...more, samples: samples + more.samples, lost: lost + more.lost, bytes: bytes + more.bytes };
}
