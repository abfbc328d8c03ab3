import type { RecordingStatus } from "../../lib/client/mod.ts";
import { secondsOf } from "../stream/timestamps.ts";

/** A note of a recording, at its place in a plot. */
export interface PlotNote {
  /** Seconds since 1970. */
  time: number;
  text: string;
}

/** The notes on the samples of a device: those of a recording, or of all that have the device. Equal ones count once. */
export function notesOf(
  recordings: readonly Pick<RecordingStatus, "recording_id" | "contents" | "notes">[],
  deviceId: string,
  runId: string | undefined,
): PlotNote[] {
  const found = new Map<string, PlotNote>();
  for (const { recording_id, contents, notes } of recordings) {
    const isMeant = runId === undefined
      ? contents.some(({ device_id }) => device_id === deviceId)
      : recording_id === runId;
    if (!isMeant) continue;
    for (const { at, text } of notes) found.set(`${at} ${text}`, { time: secondsOf(at), text });
  }
  return [...found.values()].sort((a, b) => a.time - b.time);
}
