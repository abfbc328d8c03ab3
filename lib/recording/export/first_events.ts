import { splitFrames } from "../store/frames.ts";
import { listSegments } from "../store/segment_files.ts";
import { SegmentReader, type Selection } from "../store/segment_reader.ts";
import type { StoredEvent } from "../store/stored_events.ts";

/** The first description and the first sample of each device of a selection, as far as files can be read. */
export function* firstEvents(folder: string, { devices }: Selection): Generator<StoredEvent, void> {
  const seen = new Set<string>();
  for (const name of listSegments(folder)) {
    for (const row of firstRows(`${folder}/${name}`)) {
      if (devices && !devices.includes(row.device)) continue;
      for (const { event, data } of splitFrames(row.frames)) {
        const key = `${row.device} ${event}`;
        if (!["device_data", "descriptor"].includes(event) || seen.has(key)) continue;
        seen.add(key);
        yield { device: row.device, epoch: row.epoch, event, data };
      }
    }
  }
}

/** The first row of each source of a file, and its first row with samples. None, if the file cannot be read. */
function firstRows(path: string) {
  try {
    using reader = new SegmentReader(path);
    return [...reader.firstRows()];
  } catch {
    // The export names the file.
    return [];
  }
}
