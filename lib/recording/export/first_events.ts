import type { FrameItem } from "../../stream/columns/run.ts";
import { runText } from "../store/columns/block.ts";
import { splitFrames, type StoredFrame } from "../store/frames.ts";
import { segmentsWith } from "../store/segment_index.ts";
import { SegmentReader, type Selection } from "../store/segment_reader.ts";
import type { StoredEvent } from "../store/stored_events.ts";

/** The first description and the first sample of each device of a selection, as far as files can be read. */
export function* firstEvents(folder: string, { devices }: Selection): Generator<StoredEvent, void> {
  const seen = new Set<string>();
  for (const name of segmentsWith(folder, { devices })) {
    for (const row of firstRows(`${folder}/${name}`)) {
      if (devices && !devices.includes(row.device)) continue;
      for (const { event, data } of row.items.flatMap(firstOf)) {
        const key = `${row.device} ${event}`;
        if (!["device_data", "descriptor"].includes(event) || seen.has(key)) continue;
        seen.add(key);
        yield { device: row.device, epoch: row.epoch, event, data };
      }
    }
  }
}

/** The events of a part of a row; of samples in columns, the first one. */
function firstOf(item: FrameItem): StoredFrame[] {
  return [...splitFrames(typeof item === "string" ? item : runText(item, 1))];
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
