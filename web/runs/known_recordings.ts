import { signal } from "@preact/signals";
import type { RecordingStatus } from "../../lib/client/mod.ts";
import { api } from "../bench/bench.ts";
import { isView } from "../bench/fleet.ts";
import { notesOf, type PlotNote } from "./notes.ts";

/** The recordings of the daemon, as they were when they were last asked for. */
export const recordings = signal<readonly RecordingStatus[]>([]);

/** Asks for the recordings again. A view of a hub has none. */
export async function loadRecordings(): Promise<readonly RecordingStatus[]> {
  if (isView.peek()) return [];
  return recordings.value = (await api.listRecordings()).recordings;
}

/** The notes on the samples of a device. */
export function notesOn(deviceId: string, runId: string | undefined): PlotNote[] {
  return notesOf(recordings.value, deviceId, runId);
}
