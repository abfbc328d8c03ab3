import { timestamp } from "../async/clock.ts";
import { makePrivateFolder, readIfThere, writePrivately } from "../access/private_file.ts";
import type { RecordingStatus } from "../wire/recordings.ts";
import { LabError, messageOf } from "../errors.ts";

/** The description of a recording, kept beside its samples: `recording.json` in its folder. */
export type Manifest = Omit<RecordingStatus, "state" | "warnings"> & {
  /** False until the recording was stopped: a daemon that starts continues it. */
  stopped: boolean;
};

/** A recording to make, without its id. */
export type NewRecording = Pick<Manifest, "name" | "devices"> & Partial<Omit<Manifest, "recording_id">>;

/** The manifest of a recording that begins now. */
export function newManifest(recording_id: string, given: NewRecording): Manifest {
  return {
    recording_id,
    always: false,
    stopped: false,
    started_at: timestamp(),
    ended_at: null,
    until: null,
    tags: [],
    notes: [],
    contents: [],
    broken: [],
    ...given,
  };
}

const FILE = "recording.json";

/** Writes a recording's manifest, and makes its folder. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await makePrivateFolder(folder);
  await writePrivately(`${folder}/${FILE}`, `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * The manifests in the folder of all recordings, with the names of their folders; and the errors of unreadable ones.
 */
export async function readManifests(root: string): Promise<{ found: Manifest[]; faults: LabError[] }> {
  const found: Manifest[] = [];
  const faults: LabError[] = [];
  for (const name of await foldersIn(root)) {
    try {
      const file = await readIfThere(`${root}/${name}/${FILE}`);
      if (file) found.push({ ...JSON.parse(file.text), recording_id: name });
    } catch (cause) {
      const message = `${root}/${name}: ${messageOf(cause)}`;
      faults.push(new LabError("InternalError", message, { cause }));
    }
  }
  return { found: found.sort((a, b) => a.started_at < b.started_at ? -1 : 1), faults };
}

/** The names of the folders in a folder; none if the folder does not exist. */
async function foldersIn(root: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(root));
    return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
