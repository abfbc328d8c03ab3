import { nanoseconds } from "../store/frames.ts";
import type { Selection } from "../store/segment_reader.ts";
import { storedEvents } from "../store/stored_events.ts";
import { columnsOf } from "./columns.ts";
import { CsvExport } from "./csv.ts";
import type { ExportRequest } from "./export_request.ts";
import { firstEvents } from "./first_events.ts";

/** The text of a piece. */
const PIECE_CHARS = 64 * 1024;

const encoder = new TextEncoder();

/** A part of a recording as a file, piece by piece. */
export async function* exportPieces(request: ExportRequest): AsyncGenerator<Uint8Array, void> {
  const { folder, format, devices, from, to, about } = request;
  const selection = {
    devices,
    from: from === undefined ? undefined : nanoseconds(from),
    to: to === undefined ? undefined : nanoseconds(to),
  };
  if (format === "jsonl") return yield* textPieces(jsonLines(folder, selection, about));
  const firsts = [...firstEvents(folder, selection)];
  const columns = columnsOf(firsts);
  if (format === "csv") return yield* textPieces(csvLines(folder, selection, new CsvExport(columns)));
  const { parquetPieces } = await import("./parquet.ts");
  const descriptors = firsts.filter(({ event }) => event === "descriptor").map(({ data }) => JSON.parse(data));
  const units = Object.fromEntries(columns.map(({ name, units }) => [name, units]));
  yield* parquetPieces(storedEvents(folder, selection), columns, { recording: about, descriptors, units });
}

function* textPieces(lines: Iterable<string>): Generator<Uint8Array, void> {
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < PIECE_CHARS) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

function* jsonLines(folder: string, selection: Selection, about: unknown): Generator<string> {
  yield `${JSON.stringify(about)}\n`;
  for (const { data } of storedEvents(folder, selection)) yield `${data}\n`;
}

function* csvLines(folder: string, selection: Selection, table: CsvExport): Generator<string> {
  yield table.header();
  for (const event of storedEvents(folder, selection)) yield table.row(event);
}
