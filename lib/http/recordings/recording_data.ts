import { Hono } from "hono";
import { LabError } from "../../errors.ts";
import { parseInput, withNumber } from "../../host/parse_input.ts";
import type { Recordings } from "../../recording/recordings.ts";
import { nanoseconds } from "../../recording/store/frames.ts";
import { type ExportFormat, recordingDataQuerySchema } from "../../wire/recordings.ts";
import { isOfCalendar } from "../../wire/values.ts";
import { requireDevice, seesDevice } from "../access/enforce.ts";
import { requireRecordings, requireSome, visible } from "./recording_rights.ts";

const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  jsonl: "application/jsonl",
  csv: "text/csv; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file",
  mcap: "application/x-mcap",
  hdf5: "application/x-hdf5",
};

interface DataQuery {
  format?: ExportFormat;
  devices?: string;
  from?: string;
  to?: string;
  points?: number;
}

/** `/recordings/{recording_id}/data`: the data of a recording as a file of one of several formats. */
export function recordingDataRoutes(recordings: Recordings | undefined): Hono {
  const app = new Hono();

  app.get("/:recording_id/data", async (c) => {
    const attempt = "Cannot GET the data of a recording";
    const query = withNumber(c.req.query(), "points");
    const { format = "jsonl", ...part } = parseInput(recordingDataQuerySchema, query, attempt) as DataQuery;
    const { devices, from, to, points } = part;
    for (const [path, time] of Object.entries({ from, to })) if (time !== undefined) assertTime(attempt, path, time);
    const all = requireRecordings(recordings);
    const recording = all.get(c.req.param("recording_id"));
    requireSome(c, recording);
    const named = devices?.split(",").filter((id) => id !== "");
    for (const id of named ?? []) requireDevice(c, id);
    const seen = recording.deviceIds.filter((id) => seesDevice(c, id));
    const isAll = seen.length === recording.deviceIds.length;
    const headers = {
      "Content-Type": MEDIA_TYPES[format],
      "Content-Disposition": `attachment; filename="${recording.id}.${format}"`,
      "Cache-Control": "no-store",
    };
    if (c.req.raw.method === "HEAD") return c.body(null, 200, headers);
    const isPart = Object.values(part).some((it) => it !== undefined);
    const about = { event: "recording", ...visible(c, all.statusOf(recording)), ...isPart && { part } };
    const selected = named ?? (isAll ? undefined : seen);
    const request = { folder: recording.folder, format, devices: selected, from, to, points, about };
    return c.body(await all.startExport(request, c.req.raw.signal), 200, headers);
  });

  return app;
}

/** @throws {LabError} `InvalidRequest` for a text that is no time. */
export function assertTime(attempt: string, path: string, time: string): void {
  if (nanoseconds(time) !== undefined && isOfCalendar(time)) return;
  const message = `${attempt}: "${path}" must be a time as 2026-11-26T08:00:00Z`;
  throw new LabError("InvalidRequest", message, { context: { issues: [{ path, message }] } });
}
