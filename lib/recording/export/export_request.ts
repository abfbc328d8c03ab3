import type { ExportFormat } from "../../wire/recordings.ts";

/** The contents of an export, as the process gets them. */
export interface ExportRequest {
  /** The recording's folder. */
  folder: string;
  /** `settings`: the settings of devices at a time, as JSON. */
  format: ExportFormat | "settings";
  /** The ids of devices; all by default. */
  devices?: string[];
  /** RFC 3339: events from this time on, and before that one. */
  from?: string;
  to?: string;
  /** Of each number of a device at most so many samples, for each part between events; all by default. */
  points?: number;
  /** RFC 3339: the time of settings. */
  at?: string;
  /** The recording as data: the first line of JSON lines. */
  about: unknown;
  /** Of a format that is written to the disk first: writing fails when the disk has less room. */
  minFreeBytes?: number;
}
