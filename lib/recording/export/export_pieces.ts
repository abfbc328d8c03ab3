import { nanoseconds } from "../store/frames.ts";
import { type StoredEvent, storedEvents } from "../store/stored_events.ts";
import { columnsOf } from "./columns.ts";
import { CsvExport } from "./csv.ts";
import { draftName } from "./drafts.ts";
import type { ExportRequest } from "./export_request.ts";
import { firstEvents } from "./first_events.ts";
import { settingsAt } from "./settings.ts";
import { spanOf, thinnedEvents } from "./thinned_events.ts";

/** The text of a piece. */
const PIECE_CHARS = 64 * 1024;

const encoder = new TextEncoder();

/** A part of a recording as a file, piece by piece. */
export async function* exportPieces(request: ExportRequest): AsyncGenerator<Uint8Array, void> {
  const { folder, format, devices, from, to, at, points, about, minFreeBytes = 0 } = request;
  if (format === "settings") {
    yield encoder.encode(JSON.stringify(settingsAt(folder, devices ?? [], nanoseconds(at!)!)));
    return;
  }
  const selection = {
    devices,
    from: from === undefined ? undefined : nanoseconds(from),
    to: to === undefined ? undefined : nanoseconds(to),
  };
  const all = storedEvents(folder, selection);
  const events = points === undefined ? all : thinnedEvents(all, spanOf(folder, selection), points);
  if (format === "jsonl") return yield* textPieces(jsonLines(events, about));
  const firsts = [...firstEvents(folder, selection)];
  const columns = columnsOf(firsts);
  if (format === "csv") return yield* textPieces(csvLines(events, new CsvExport(columns)));
  const described = firsts.filter(({ event }) => event === "descriptor");
  const metadata = {
    recording: about,
    descriptors: described.map(({ data }) => JSON.parse(data)),
    units: Object.fromEntries(columns.map(({ name, units }) => [name, units])),
  };
  if (format === "mcap") return yield* (await import("./mcap.ts")).mcapPieces(events, described, metadata);
  if (format === "arrow") return yield* (await import("./arrow.ts")).arrowPieces(events, columns, metadata);
  if (format === "parquet") return yield* (await import("./parquet.ts")).parquetPieces(events, columns, metadata);
  const draft = `${folder}/${draftName(Deno.pid)}`;
  yield* (await import("./hdf5.ts")).hdf5Pieces({ events, firsts, metadata, draft, minFreeBytes });
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

function* jsonLines(events: Iterable<StoredEvent>, about: unknown): Generator<string> {
  yield `${JSON.stringify(about)}\n`;
  for (const { data } of events) yield `${data}\n`;
}

function* csvLines(events: Iterable<StoredEvent>, table: CsvExport): Generator<string> {
  yield table.header();
  for (const event of events) yield table.row(event);
}
