import { z } from "zod";
import { timestamp } from "../async/clock.ts";
import { makePrivateFolder, parseKept, readIfThere, writePrivately } from "../access/private_file.ts";
import { recordingSchema, type RecordingStatus } from "../wire/recordings.ts";
import type { UnreadableFile } from "../wire/server.ts";
import { messageOf } from "../errors.ts";

/** A key that a later version adds must be optional here: recordings of earlier versions do not have it. */
const manifestSchema = z.looseObject({
  ...recordingSchema.omit({ recording_id: true, state: true, warnings: true }).shape,
  // The limits are those of requests.
  ...{ name: z.string(), devices: z.array(z.string()), tags: z.array(z.string()) },
  stopped: z.boolean(),
});

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

/** The manifests in the folder of all recordings, with the names of their folders; and the unreadable ones. */
export async function readManifests(root: string): Promise<{ found: Manifest[]; faults: UnreadableFile[] }> {
  const found: Manifest[] = [];
  const faults: UnreadableFile[] = [];
  for (const name of await foldersIn(root)) {
    const file = `${root}/${name}/${FILE}`;
    try {
      const version = await readIfThere(file);
      if (version) found.push({ ...parseKept(version.text, manifestSchema), recording_id: name });
    } catch (error) {
      faults.push({ file, message: `Cannot read the recording in ${file}: ${messageOf(error)}` });
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
