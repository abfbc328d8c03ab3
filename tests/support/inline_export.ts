import { exportPieces } from "../../lib/recording/export/export_pieces.ts";
import type { ExportRequest } from "../../lib/recording/export/export_request.ts";

/** Reads a part of a recording in this process. */
export function inlineExport(request: ExportRequest): ReadableStream<Uint8Array> {
  return ReadableStream.from(exportPieces(request));
}
