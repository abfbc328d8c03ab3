import { messageOf } from "../../errors.ts";
import { ColumnSample, TIME_SLOT } from "./column_sample.ts";
import { nanoseconds, splitFrames } from "./frames.ts";
import { listBroken } from "./segment_files.ts";
import { segmentsWith } from "./segment_index.ts";
import { SegmentReader, type StoredRow } from "./segment_reader.ts";
import { int64, type Selection } from "./selection.ts";

/** An event of a recording. */
export interface StoredEvent {
  device: string;
  /** The run of the daemon in which it was recorded; empty for what is no event of a device. */
  epoch: string;
  event: string;
  /** The data as JSON text, as they were streamed. */
  data: string;
}

/** The rows of a recording's selection, file by file; in the place of a file or a row that cannot be read, what is wrong with it. */
function* storedRows(folder: string, selection: Selection = {}): Generator<StoredRow | Error, void> {
  let hasRead = false;
  for (const name of listBroken(folder)) yield new Error(`${name} is damaged, and was set aside`);
  for (const name of segmentsWith(folder, selection)) {
    try {
      using reader = new SegmentReader(`${folder}/${name}`);
      let damages: unknown[] = [];
      for (const row of reader.rows(selection, (error) => damages.push(error))) {
        for (const error of damages) yield damageOf(name, error);
        damages = [];
        hasRead = true;
        yield row;
      }
      for (const error of damages) yield damageOf(name, error);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) yield damageOf(name, error);
      else if (hasRead) yield new Error(`${name} was removed by the retention while it was to be read`);
    }
  }
}

function damageOf(name: string, error: unknown): Error {
  return new Error(`${name}: ${messageOf(error)}`);
}

/** The events of a selection, in the order in which they were recorded. A file or a row that cannot be read is an event, too. */
export function* storedEvents(folder: string, selection: Selection = {}): Generator<StoredEvent, void> {
  const { from, to } = selection;
  // The times of columns are whole microseconds.
  const [least, end] = [
    from === undefined ? -Infinity : microseconds(from),
    to === undefined ? Infinity : microseconds(to),
  ];
  for (const row of storedRows(folder, selection)) {
    if (row instanceof Error) {
      yield { device: "", epoch: "", event: "broken", data: JSON.stringify({ event: "broken", message: row.message }) };
      continue;
    }
    const { device, epoch } = row;
    const isWhole = (from === undefined || row.t0 >= from) && (to === undefined || row.t1 < int64(to));
    for (const item of row.items) {
      if (typeof item !== "string") {
        const { at, count, columns: { [TIME_SLOT]: times } } = item;
        for (let i = 0; i < count; i++) {
          const time = times[at + i];
          if (isWhole || time >= least && time < end) yield new ColumnSample(device, epoch, item, i);
        }
        continue;
      }
      for (const { event, data } of splitFrames(item)) {
        if (isWhole || isWithin(data, from, to)) yield { device, epoch, event, data };
      }
    }
  }
}

/** The first microsecond that is not before a time in nanoseconds. */
function microseconds(time: bigint): number {
  return Number((time + 999n) / 1000n);
}

function isWithin(data: string, from: bigint | undefined, to: bigint | undefined): boolean {
  const start = data.indexOf('"timestamp":"') + 13;
  const at = start < 13 ? undefined : nanoseconds(data.slice(start, data.indexOf('"', start)));
  return at === undefined || isIn(at, from, to);
}

function isIn(time: bigint, from: bigint | undefined, to: bigint | undefined): boolean {
  return (from === undefined || time >= from) && (to === undefined || time < to);
}
