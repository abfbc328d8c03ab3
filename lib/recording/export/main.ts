/**
 * Writes a part of a recording to stdout, in one of the formats. A process of the daemon's for each export: reading the disk
 * delays nothing else.
 *
 * @module
 */
import { nanoseconds } from "../store/frames.ts";
import type { Selection } from "../store/segment_reader.ts";
import { storedEvents } from "../store/stored_events.ts";
import { CsvExport } from "./csv.ts";
import type { ExportRequest } from "./export_request.ts";
import { firstEvents } from "./first_events.ts";

/** The text that is written at once. */
const WRITE_CHARS = 64 * 1024;

const encoder = new TextEncoder();

function write(bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

function writeLines(lines: Iterable<string>): void {
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < WRITE_CHARS) continue;
    write(encoder.encode(text));
    text = "";
  }
  write(encoder.encode(text));
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

const { folder, format, devices, from, to, about }: ExportRequest = JSON.parse(Deno.args[0]);
const selection = {
  devices,
  from: from === undefined ? undefined : nanoseconds(from),
  to: to === undefined ? undefined : nanoseconds(to),
};
try {
  writeLines(format === "csv" ? csvLines(folder, selection) : jsonLines(folder, selection, about));
} catch (error) {
  // The reader is gone.
  if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
}
