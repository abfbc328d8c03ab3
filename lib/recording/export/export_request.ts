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
  /** The greatest number of samples for each number of a device, in each part between events; all by default. */
  points?: number;
  /** RFC 3339: the time of settings. */
  at?: string;
  /** The recording as data: the first line of JSON lines. */
  about: unknown;
  /** The least free room on the disk, for a format that is written to the disk first: with less, writing fails. */
  minFreeBytes?: number;
}
