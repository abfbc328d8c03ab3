import { messageOf } from "../../errors.ts";
import { listBroken, listSegments } from "../store/segment_files.ts";
import { type RowPlace, SegmentReader, type Selection } from "../store/segment_reader.ts";

/** A row of one of several recordings, to read. */
export interface FoundRow extends RowPlace {
  frames(): Uint8Array;
}

/** The rows of several recordings, the earliest first. `damaged` gets what is wrong with files that cannot be read. */
export function* mergedRows(
  folders: readonly string[],
  selection: Selection,
  damaged: (message: string) => void,
): Generator<FoundRow, void> {
  const sources = folders.map((folder) => rowsOf(folder, selection, damaged));
  try {
    const heads = sources.map((source) => source.next().value);
    while (true) {
      let first = -1;
      for (const [i, head] of heads.entries()) {
        if (head && (first < 0 || head.t0 < heads[first]!.t0)) first = i;
      }
      if (first < 0) return;
      yield heads[first]!;
      heads[first] = sources[first].next().value;
    }
  } finally {
    for (const source of sources) source.return(undefined);
  }
}

/** The time of the first row of a device in a recording, in nanoseconds since 1970. Files that cannot be read have none. */
export function oldestIn(folder: string, device: string): bigint | undefined {
  for (const name of listSegments(folder)) {
    try {
      using reader = new SegmentReader(`${folder}/${name}`);
      const found = reader.oldest(device);
      if (found !== undefined) return found;
    } catch {
      // The reader of its rows gets the reason.
    }
  }
}

function* rowsOf(
  folder: string,
  selection: Selection,
  damaged: (message: string) => void,
): Generator<FoundRow, undefined> {
  for (const name of listBroken(folder)) damaged(`${name} is damaged, and was set aside`);
  for (const name of listSegments(folder)) {
    try {
      using reader = new SegmentReader(`${folder}/${name}`);
      for (const place of reader.places(selection)) {
        yield { ...place, frames: () => reader.frames(place.id) };
      }
    } catch (error) {
      damaged(`${name}: ${messageOf(error)}`);
    }
  }
}
