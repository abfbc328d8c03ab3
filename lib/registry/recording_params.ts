import { pathToFileURL } from "node:url";
import { LabError, listed, shortened } from "../errors.ts";
import type { JsonSchema } from "../wire/driver.ts";
import { accessFile } from "./files/file_access.ts";

/** The form of a recording's id, which is the name of its folder. */
const ID = /^\w[\w.-]{0,99}$/;

/** The params of a driver that are ids of recordings: their schemas have the format `recording`. */
export function recordingParams({ properties = {} }: JsonSchema): string[] {
  const schemas = Object.entries(properties as Record<string, JsonSchema>);
  return schemas.filter(([, { format }]) => format === "recording").map(([name]) => name);
}

/**
 * The folders of the recordings that params name by their ids. A driver gets them in the place of the ids, and can so ask for
 * the permission to read these recordings and no other.
 *
 * @param root The folder of all recordings.
 * @throws {LabError} `InvalidRequest`, if there is no such recording.
 */
export async function recordingFolders(
  params: Record<string, unknown>,
  schema: JsonSchema,
  { root, attempt }: { root: string | undefined; attempt: string },
): Promise<Record<string, string>> {
  const folders: Record<string, string> = {};
  for (const path of recordingParams(schema)) {
    const id = params[path];
    if (typeof id !== "string") continue;
    if (root !== undefined && ID.test(id) && await isRecording(`${root}/${id}`)) folders[path] = `${root}/${id}`;
    else {
      const known = root === undefined ? "none, as the daemon has no folder for them" : listed(await namesIn(root));
      const message = `expected the id of a recording, found ${JSON.stringify(shortened(id))}; there are ${known}`;
      throw new LabError("InvalidRequest", `${attempt}: ${path}: ${message}`, {
        context: { issues: [{ path, message }] },
      });
    }
  }
  return folders;
}

async function isRecording(folder: string): Promise<boolean> {
  const file = pathToFileURL(`${folder}/recording.json`);
  return await ifThere(accessFile(file, () => Deno.stat(file))) !== undefined;
}

async function namesIn(root: string): Promise<string[]> {
  const folder = pathToFileURL(root);
  const entries = await ifThere(accessFile(folder, () => Array.fromAsync(Deno.readDir(folder)))) ?? [];
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  return await found.catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
}
