import { type Context, Hono } from "hono";
import type { LabDaemon } from "../daemon.ts";
import { LabError } from "../errors.ts";
import { parseInput } from "../host/parse_input.ts";
import type { Recording } from "../recording/recording.ts";
import type { Recordings } from "../recording/recordings.ts";
import { nanoseconds } from "../recording/store/frames.ts";
import {
  type ExportFormat,
  recordingDataQuerySchema,
  recordingNoteRequestSchema,
  type RecordingStatus,
  startRecordingSchema,
} from "../wire/recordings.ts";
import { emptyRequestSchema } from "../wire/requests.ts";
import { isOfCalendar } from "../wire/values.ts";
import { requireDevice, seesDevice } from "./access/enforce.ts";
import type { BodyReader } from "./body.ts";

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

/** `/recordings`: what devices streamed, on the disk. */
export function recordingRoutes(
  daemon: Pick<LabDaemon, "devices">,
  recordings: Recordings | undefined,
  bodies: BodyReader,
): Hono {
  const app = new Hono();
  /** The devices that a recording starts: it streams them as any reader does. */
  const startedBy = (patterns: readonly string[]) => {
    const named = daemon.devices().filter(({ id }) => patterns.includes("*") || patterns.includes(id));
    return named.filter((device) => device.startsBy()).map(({ id }) => id);
  };
  const all = () => requireRecordings(recordings);
  const recordingOf = (c: Context) => all().get(c.req.param("recording_id")!);

  app.get("/", (c) => {
    const { storage } = all();
    const seen = all().all.filter((it) => seesSome(c, it));
    return c.json({ recordings: seen.map((it) => visible(c, all().statusOf(it))), storage });
  });

  app.post("/", async (c) => {
    const request = await bodies.read(c, startRecordingSchema);
    const patterns = request.devices ?? ["*"];
    for (const id of patterns) requirePattern(c, id);
    const recordings = all();
    c.get("assertLease")(startedBy(patterns));
    return c.json(recordings.statusOf(await recordings.start(request)), 201);
  });

  app.get("/:recording_id", (c) => {
    const recording = recordingOf(c);
    requireSome(c, recording);
    return c.json(visible(c, all().statusOf(recording)));
  });

  app.delete("/:recording_id", async (c) => {
    const recording = recordingOf(c);
    requireAll(c, recording);
    await all().delete(recording);
    return c.body(null, 204);
  });

  app.post("/:recording_id/stop", async (c) => {
    await bodies.read(c, emptyRequestSchema);
    const recording = recordingOf(c);
    requireAll(c, recording);
    await all().stop(recording);
    return c.json(all().statusOf(recording));
  });

  app.post("/:recording_id/notes", async (c) => {
    const { text } = await bodies.read(c, recordingNoteRequestSchema);
    const recording = recordingOf(c);
    requireAll(c, recording);
    await recording.addNote(text);
    return c.json(all().statusOf(recording));
  });

  app.get("/:recording_id/data", (c) => {
    const attempt = "Cannot GET the data of a recording";
    const { points: given, ...texts } = c.req.query();
    const query = { ...texts, ...given !== undefined && { points: Number(given || NaN) } };
    const { format = "jsonl", ...part } = parseInput(recordingDataQuerySchema, query, attempt) as DataQuery;
    const { devices, from, to, points } = part;
    for (const [path, time] of Object.entries({ from, to })) if (time !== undefined) assertTime(attempt, path, time);
    const recording = recordingOf(c);
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
    const about = { event: "recording", ...visible(c, all().statusOf(recording)), ...isPart && { part } };
    const selected = named ?? (isAll ? undefined : seen);
    return c.body(
      all().startExport({ folder: recording.folder, format, devices: selected, from, to, points, about }),
      200,
      headers,
    );
  });

  return app;
}

/** @throws {LabError} `Unavailable` without recordings. */
export function requireRecordings(recordings: Recordings | undefined): Recordings {
  if (recordings) return recordings;
  throw new LabError("Unavailable", "Cannot record: this daemon has no folder for recordings");
}

/** @throws {LabError} `InvalidRequest` for a text that is no time. */
export function assertTime(attempt: string, path: string, time: string): void {
  if (nanoseconds(time) !== undefined && isOfCalendar(time)) return;
  const message = `${attempt}: "${path}" must be a time as 2026-11-26T08:00:00Z`;
  throw new LabError("InvalidRequest", message, { context: { issues: [{ path, message }] } });
}

/** @throws {LabError} `Forbidden` for a device, or for `*`, that the one who asks has no right to. */
function requirePattern(c: Context, id: string): void {
  if (id !== "*" || !c.get("principal")?.seesAll) requireDevice(c, id);
}

/** @throws {LabError} `Forbidden` for a recording of which the one who asks may not see all. */
export function requireAll(c: Context, { patterns, deviceIds }: Recording): void {
  for (const id of [...patterns, ...deviceIds]) requirePattern(c, id);
}

/** @throws {LabError} `Forbidden` for a recording of which the one who asks may see nothing. */
export function requireSome(c: Context, recording: Recording): void {
  if (!seesSome(c, recording)) requireAll(c, recording);
}

function seesSome(c: Context, { patterns, deviceIds }: Recording): boolean {
  return c.get("principal")?.seesAll === true ||
    [...patterns, ...deviceIds].some((id) => id !== "*" && seesDevice(c, id));
}

/** The part of a recording that the one who asks may see. */
function visible(c: Context, { contents, ...recording }: RecordingStatus): RecordingStatus {
  return { ...recording, contents: contents.filter(({ device_id }) => seesDevice(c, device_id)) };
}
