import { exportPieces } from "../../lib/recording/export/export_pieces.ts";
import type { ExportRequest } from "../../lib/recording/export/export_request.ts";

/** Reads a part of a recording in this process. */
export function inlineExport(request: ExportRequest): Promise<ReadableStream<Uint8Array>> {
  return Promise.resolve(ReadableStream.from(exportPieces(request)));
}
