import { nanoseconds } from "../store/frames.ts";
import type { Selection } from "../store/segment_reader.ts";
import { storedEvents } from "../store/stored_events.ts";
import { CsvExport } from "./csv.ts";
import type { ExportRequest } from "./export_request.ts";
import { firstEvents } from "./first_events.ts";

/** A part of a recording as lines of text, each with its line end. */
export function exportLines({ folder, format, devices, from, to, about }: ExportRequest): Generator<string> {
  const selection = {
    devices,
    from: from === undefined ? undefined : nanoseconds(from),
    to: to === undefined ? undefined : nanoseconds(to),
  };
  return format === "csv" ? csvLines(folder, selection) : jsonLines(folder, selection, about);
}

function* jsonLines(folder: string, selection: Selection, about: unknown): Generator<string> {
  yield `${JSON.stringify(about)}\n`;
  for (const { data } of storedEvents(folder, selection)) yield `${data}\n`;
}

function* csvLines(folder: string, selection: Selection): Generator<string> {
  const table = new CsvExport(firstEvents(folder, selection));
  yield table.header();
  for (const event of storedEvents(folder, selection)) yield table.row(event);
}
