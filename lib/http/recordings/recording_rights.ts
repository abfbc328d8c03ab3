import type { Context } from "hono";
import { LabError } from "../../errors.ts";
import type { Recording } from "../../recording/recording.ts";
import type { Recordings } from "../../recording/recordings.ts";
import type { RecordingStatus } from "../../wire/recordings.ts";
import { requireDevice, seesDevice } from "../access/enforce.ts";

/** @throws {LabError} `Unavailable` without recordings. */
export function requireRecordings(recordings: Recordings | undefined): Recordings {
  if (recordings) return recordings;
  throw new LabError("Unavailable", "Cannot record: this daemon has no folder for recordings");
}

/** @throws {LabError} `Forbidden` for a device, or for `*`, that the one who asks has no right to. */
export function requirePattern(c: Context, id: string): void {
  if (id !== "*" || !c.get("principal")?.seesAll) requireDevice(c, id);
}

/** @throws {LabError} `Forbidden` for a recording of which the one who asks may not see all. */
export function requireAll(c: Context, { patterns, deviceIds }: Recording): void {
  for (const id of [...patterns, ...deviceIds]) requirePattern(c, id);
}

/** @throws {LabError} `Forbidden` for a recording of which the principal may see nothing. */
export function requireSome(c: Context, recording: Recording): void {
  if (!seesSome(c, recording)) requireAll(c, recording);
}

/** True for a recording of which the principal may see a device. */
export function seesSome(c: Context, { patterns, deviceIds }: Recording): boolean {
  return c.get("principal")?.seesAll === true ||
    [...patterns, ...deviceIds].some((id) => id !== "*" && seesDevice(c, id));
}

/** The part of a recording that the principal may see. */
export function visible(c: Context, { contents, ...recording }: RecordingStatus): RecordingStatus {
  return { ...recording, contents: contents.filter(({ device_id }) => seesDevice(c, device_id)) };
}
