import { type Context, Hono } from "hono";
import { isDeviceId } from "../../device/device_id.ts";
import { listed, shortened } from "../../errors.ts";
import { closestName } from "../../format/closest_name.ts";
import type { Recording } from "../../recording/recording.ts";
import type { Recordings } from "../../recording/recordings.ts";
import { type ExportFormat, recordingDataQuerySchema } from "../../wire/recordings.ts";
import { requireDevice, seesDevice } from "../access/enforce.ts";
import { inputTime, invalidQuery, itemsOf, readQuery } from "../request/query.ts";
import { requireRecordings, requireSome, visible } from "./recording_rights.ts";

const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  jsonl: "application/jsonl",
  csv: "text/csv; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file",
  mcap: "application/x-mcap",
  hdf5: "application/x-hdf5",
};

const ATTEMPT = "Cannot GET the data of a recording";

/** `/recordings/{recording_id}/data`: the data of a recording as a file of one of several formats. */
export function recordingDataRoutes(recordings: Recordings | undefined): Hono {
  const app = new Hono();

  app.get("/:recording_id/data", async (c) => {
    const { format = "jsonl", ...part } = readQuery(c, recordingDataQuerySchema, ATTEMPT, ["devices"]);
    const { devices, from, to, points } = part;
    const first = from === undefined ? undefined : inputTime(ATTEMPT, "from", from);
    const end = to === undefined ? undefined : inputTime(ATTEMPT, "to", to);
    if (first !== undefined && end !== undefined && first >= end) {
      throw invalidQuery(ATTEMPT, "from", `"from" must be before "to"`);
    }
    const all = requireRecordings(recordings);
    const recording = all.get(c.req.param("recording_id"));
    requireSome(c, recording);
    const named = devices === undefined ? undefined : namedDevices(c, recording, itemsOf([devices]));
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

/**
 * The devices of a recording that a query names; `undefined` for `*`.
 *
 * @throws {LabError} `InvalidRequest` for a device that is not of the recording, or without any; `Forbidden`.
 */
function namedDevices(c: Context, { id, patterns, deviceIds }: Recording, named: string[]): string[] | undefined {
  if (named.includes("*")) return undefined;
  for (const device of named) requireDevice(c, device);
  const known = [...new Set([...patterns, ...deviceIds])].filter((it) => it !== "*" && seesDevice(c, it)).sort();
  const unknown = named.find((device) => !known.includes(device));
  if (named.length > 0 && unknown === undefined) return named;
  const problem = unknown === undefined
    ? `"devices" names none`
    : `"${id}" has no device ${JSON.stringify(shortened(unknown))}`;
  const meant = unknown !== undefined && isDeviceId(unknown) ? closestName(unknown, known) : undefined;
  const hint = meant === undefined ? "recorded" : `did you mean ${meant}? Recorded`;
  throw invalidQuery(ATTEMPT, "devices", `${problem}; ${hint} devices are ${listed(known)}`);
}
