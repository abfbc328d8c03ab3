import { exportLines } from "../../lib/recording/export/export_lines.ts";
import type { ExportRequest } from "../../lib/recording/export/export_request.ts";

/** Reads a part of a recording in this process. */
export function inlineExport(request: ExportRequest): ReadableStream<Uint8Array> {
  return ReadableStream.from(exportLines(request)).pipeThrough(new TextEncoderStream());
}
