import { signal } from "@preact/signals";
import type { RecordingsAnswer, RecordingStatus } from "../../lib/client/mod.ts";
import { api } from "../bench/bench.ts";
import { askShown, isView, type MaybeUnanswered } from "../bench/fleet.ts";
import { notesOf, type PlotNote } from "./notes.ts";

/** The recordings of the daemon, as they were when they were last asked for. */
export const recordings = signal<readonly RecordingStatus[]>([]);

/** Asks for the recordings again: in a view of a hub, for those of the benches that the page shows. */
export async function loadRecordings(): Promise<readonly RecordingStatus[]> {
  return recordings.value = (await listRecordings()).recordings;
}

/** The recordings, as the daemon lists them; in a view, with the benches that gave none. */
export async function listRecordings(): Promise<RecordingsAnswer & MaybeUnanswered> {
  if (!isView.peek()) return await api.listRecordings();
  return await askShown<RecordingsAnswer & MaybeUnanswered>("recordings") ?? NONE;
}

const NONE: RecordingsAnswer = {
  recordings: [],
  storage: { state: "idle", reason: null, free_bytes: null, folder: "", share: null },
};

/** The notes on the samples of a device. */
export function notesOn(deviceId: string, runId: string | undefined): PlotNote[] {
  return notesOf(recordings.value, deviceId, runId);
}
