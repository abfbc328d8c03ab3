import { messageOf } from "../../errors.ts";
import { nanoseconds, splitFrames } from "./frames.ts";
import { listBroken, listSegments } from "./segment_files.ts";
import { SegmentReader, type Selection, type StoredRow } from "./segment_reader.ts";

/** An event of a recording. */
export interface StoredEvent {
  device: string;
  /** The run of the daemon in which it was recorded; empty for what is no event of a device. */
  epoch: string;
  event: string;
  /** Its data as JSON text, as it was streamed. */
  data: string;
}

/** The rows of a recording's selection, file by file; in the place of a file that cannot be read, what is wrong with it. */
export function* storedRows(folder: string, selection: Selection = {}): Generator<StoredRow | Error, void> {
  for (const name of listBroken(folder)) yield new Error(`${name} is damaged, and was set aside`);
  for (const name of listSegments(folder)) {
    try {
      using reader = new SegmentReader(`${folder}/${name}`);
      yield* reader.rows(selection);
    } catch (error) {
      yield new Error(`${name}: ${messageOf(error)}`);
    }
  }
}

/** The events of a selection, in the order in which they were recorded. A file that cannot be read is an event, too. */
export function* storedEvents(folder: string, selection: Selection = {}): Generator<StoredEvent, void> {
  const { from, to } = selection;
  for (const row of storedRows(folder, selection)) {
    if (row instanceof Error) {
      yield { device: "", epoch: "", event: "broken", data: JSON.stringify({ event: "broken", message: row.message }) };
      continue;
    }
    const { device, epoch } = row;
    const isWhole = (from === undefined || row.t0 >= from) && (to === undefined || row.t1 < to);
    for (const { event, data } of splitFrames(row.frames)) {
      if (isWhole || isWithin(data, from, to)) yield { device, epoch, event, data };
    }
  }
}

function isWithin(data: string, from: bigint | undefined, to: bigint | undefined): boolean {
  const start = data.indexOf('"timestamp":"') + 13;
  const at = start < 13 ? undefined : nanoseconds(data.slice(start, data.indexOf('"', start)));
  return at === undefined || ((from === undefined || at >= from) && (to === undefined || at < to));
}
