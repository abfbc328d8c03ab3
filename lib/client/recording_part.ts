import type { ExportFormat } from "../wire/recordings.ts";

/** A part of a recording, and the format of the file. */
export interface RecordingPart {
  /** By default `jsonl`: every event, as it was streamed. */
  format?: ExportFormat;
  /** The ids of devices; all by default. */
  devices?: readonly string[];
  /** Events from this time on, and before that one; RFC 3339. */
  from?: string;
  to?: string;
}

/** The query of a part. */
export function queryOf({ devices, ...part }: RecordingPart): string {
  const given = Object.entries({ ...part, devices: devices?.join(",") }).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given as [string, string][]).toString();
}
