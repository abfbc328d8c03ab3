import type { FrameItem } from "../../stream/columns/run.ts";
import { channels } from "../../format/channels.ts";
import { textsOf } from "../store/columns/block.ts";
import { splitFrames, type StoredFrame } from "../store/frames.ts";
import { segmentsWith } from "../store/segment_index.ts";
import { SegmentReader } from "../store/segment_reader.ts";
import type { Selection } from "../store/selection.ts";
import type { StoredEvent } from "../store/stored_events.ts";

/** A row is looked through up to so many samples, and so much text, for the channels that its first sample does not have. */
const MAX_SAMPLES = 1_000;
const MAX_CHARS = 1024 * 1024;

/**
 * The first description and the first sample of each device of a selection, as far as files can be read. Of a first sample with
 * missing values, as of a sensor that warms up, also the next ones that have them.
 */
export function* firstEvents(folder: string, { devices }: Selection): Generator<StoredEvent, void> {
  const seen = new Set<string>();
  for (const name of segmentsWith(folder, { devices })) {
    for (const row of firstRows(`${folder}/${name}`)) {
      if (devices && !devices.includes(row.device)) continue;
      let missing: Set<string> | undefined;
      for (const { event, data } of firstOf(row.items)) {
        const key = `${row.device} ${event}`;
        const isFirst = !seen.has(key);
        seen.add(key);
        if (event === "device_data") {
          if (isFirst) missing = new Set(valuesIn(data, (value) => value === null));
          else if (!missing?.size || !valuesIn(data, (value) => value !== null).some((it) => missing!.delete(it))) {
            continue;
          }
        } else if (event !== "descriptor" || !isFirst) continue;
        yield { device: row.device, epoch: row.epoch, event, data };
      }
    }
  }
}

/** The first events of a row. */
function* firstOf(items: readonly FrameItem[]): Generator<StoredFrame, void> {
  let [samples, chars] = [0, 0];
  for (const text of textsOf(items, MAX_SAMPLES)) {
    for (const frame of splitFrames(text)) {
      yield frame;
      chars += frame.data.length;
      if (++samples >= MAX_SAMPLES || chars >= MAX_CHARS) return;
    }
  }
}

/** The channels of a sample with some values. */
function valuesIn(data: string, isOne: (value: unknown) => boolean): string[] {
  return channels(JSON.parse(data).payload).filter(([, value]) => isOne(value)).map(([path]) => JSON.stringify(path));
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
