import type { ExportFormat } from "../wire/recordings.ts";

/** A part of a recording, and the format of the file. */
export interface RecordingPart {
  /** The format of the file. By default `jsonl`: every event, as it was streamed. */
  format?: ExportFormat;
  /** The ids of devices; all by default. */
  devices?: readonly string[];
  /** Events from this time on, and before that one; RFC 3339. */
  from?: string;
  to?: string;
  /**
   * For each number of a device: the samples with the smallest and the largest one of half as many intervals, and every other
   * event. All samples, by default.
   */
  points?: number;
}

/** A part of a device's past. */
export interface HistoryPart {
  /** RFC 3339; an hour before `to`, by default. */
  from?: string;
  /** Now, by default. */
  to?: string;
  /** The points of each channel: the smallest and the largest number of half as many intervals. 1000 by default. */
  points?: number;
  /** Names, such as `cpu.total`; all by default. */
  channels?: readonly string[];
}

/** The query of a part. */
export function partQuery({ devices, ...part }: RecordingPart): string {
  return textOf({ ...part, devices: devices?.join(",") });
}

/** The query of a part of a device's past. */
export function historyQueryOf({ channels, ...part }: HistoryPart): string {
  return textOf({ ...part, channels: channels?.join(",") });
}

function textOf(query: Record<string, unknown>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
}
