import type { ExportFormat } from "../../wire/recordings.ts";

/** What an export has, as the process gets it. */
export interface ExportRequest {
  /** The recording's folder. */
  folder: string;
  format: ExportFormat;
  /** The ids of devices; all by default. */
  devices?: string[];
  /** RFC 3339: events from this time on, and before that one. */
  from?: string;
  to?: string;
  /** The recording as data: the first line of JSON lines. */
  about: unknown;
}
