import { type Context, Hono } from "hono";
import type { LabDaemon } from "../../daemon.ts";
import type { DeviceAtTime } from "../../recording/export/settings.ts";
import type { Recordings } from "../../recording/recordings.ts";
import { nanoseconds } from "../../recording/store/frames.ts";
import {
  type RestoreAnswer,
  type RestoreRecordingRequest,
  restoreRecordingRequestSchema,
  restoreRequestSchema,
} from "../../wire/snapshot.ts";
import { originOf, requireDevice, seesDevice } from "../access/enforce.ts";
import { inputTime, invalidQuery } from "../request/query.ts";
import { requireRecordings, requireSome } from "../recordings/recording_rights.ts";
import type { BodyReader } from "../request/body.ts";

/** `/snapshot` and `/restore`: the properties of the whole bench. */
export function snapshotRoutes(daemon: LabDaemon, bodies: BodyReader, recordings?: Recordings): Hono {
  const app = new Hono();

  app.get("/snapshot", async (c) => c.json(await daemon.snapshot(({ id }) => seesDevice(c, id))));

  app.post("/restore", async (c) => {
    const body = await bodies.read<RestoreSchema>(c, restoreSchemaOf);
    const options = { dryRun: body.dry_run ?? false, origin: originOf(c) };
    if ("recording" in body) return c.json(await restoreRecording(c, body, { daemon, recordings, options }));
    const { devices } = body;
    for (const { device_id } of devices) requireDevice(c, device_id);
    if (!options.dryRun) c.get("assertLease")(devices.map(({ device_id }) => device_id));
    return c.json(await daemon.restore({ devices }, options));
  });

  return app;
}

type RestoreSchema = typeof restoreRequestSchema | typeof restoreRecordingRequestSchema;

/** A body that names a recording takes the values from there; any other is a snapshot. */
function restoreSchemaOf(body: unknown): RestoreSchema {
  const isRecording = typeof body === "object" && body !== null && Object.hasOwn(body, "recording");
  return isRecording ? restoreRecordingRequestSchema : restoreRequestSchema;
}

const ATTEMPT = "Cannot restore a recording";

/** Where the values come from and go to. */
interface RestoreParts {
  daemon: LabDaemon;
  recordings: Recordings | undefined;
  options: Parameters<LabDaemon["restore"]>[1];
}

/**
 * Sets devices as they were at a time of a recording.
 *
 * @throws {LabError} `RecordingNotFound`, `InvalidRequest` for a time outside of the recording, or `Forbidden`.
 */
async function restoreRecording(
  c: Context,
  { recording: id, time, devices }: RestoreRecordingRequest,
  { daemon, recordings, options }: RestoreParts,
): Promise<RestoreAnswer> {
  const all = requireRecordings(recordings);
  const recording = all.get(id);
  requireSome(c, recording);
  for (const device of devices ?? []) requireDevice(c, device);
  const { started_at, ended_at } = all.statusOf(recording);
  const at = inputTime(ATTEMPT, "time", time);
  if (at < nanoseconds(started_at)! || (ended_at !== null && at > nanoseconds(ended_at)!)) {
    const span = `"${id}" has ${started_at} to ${ended_at ?? "now"}`;
    throw invalidQuery(ATTEMPT, "time", `"time" must be within it: ${span}`);
  }
  const seen = devices ?? recording.deviceIds.filter((it) => seesDevice(c, it));
  if (!options?.dryRun) c.get("assertLease")(seen);
  const { folder } = recording;
  const part = { devices: seen, at: time, about: null };
  const bytes = await all.startExport({ folder, format: "settings", ...part }, c.req.raw.signal);
  const found = await new Response(bytes).json() as DeviceAtTime[];
  const known = found.filter(({ device_type }) => device_type !== null);
  const answer = await daemon.restore(
    { devices: known.map((it) => ({ ...it, device_type: it.device_type! })) },
    options,
  );
  return {
    changes: answer.changes,
    skipped: [...answer.skipped, ...known.flatMap((it) => skippedOf(id, it))],
    warnings: [...found.flatMap((it) => warningsOf(id, it)), ...answer.warnings],
  };
}

function skippedOf(recording: string, { device_id, missing }: DeviceAtTime): RestoreAnswer["skipped"] {
  return missing.map((name) => {
    const why = `Cannot restore "${name}" of "${device_id}": "${recording}" has no value of it at that time`;
    return { device_id, name, why, type: "NotRecorded" };
  });
}

function warningsOf(recording: string, { device_id, device_type, state, later, damaged }: DeviceAtTime): string[] {
  const unread = damaged.map((it) =>
    `What "${recording}" has of "${device_id}" was read without a damaged part: ${it}`
  );
  if (device_type === null) return [...unread, `"${recording}" has nothing of "${device_id}" at that time`];
  const isConnected = state === "connected" || state === "streaming";
  return [
    ...unread,
    ...isConnected
      ? []
      : [`"${device_id}" was ${state ?? "in no known state"} then: its values are the last that were known`],
    ...later.map(({ name, timestamp }) => `"${name}" of "${device_id}" was read first at ${timestamp}`),
  ];
}
