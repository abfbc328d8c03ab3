import { join } from "node:path";
import { z } from "zod";
import { makePrivateFolder, readIfThere, removeIfThere, writePrivately } from "./private_file.ts";
import { isLoopback } from "../format/host_text.ts";

const fileSchema = z.object({ url: z.string(), token: z.string() });

function pathIn(folder: string): string {
  return join(folder, "ctl.json");
}

/** Writes the token of `ctl` for the daemon at an address. Only the daemon's user can read it. */
export async function writeCtlToken(folder: string, url: string, token: string): Promise<void> {
  await makePrivateFolder(folder);
  await writePrivately(pathIn(folder), `${JSON.stringify({ url, token })}\n`);
}

/** Removes the token of `ctl`. */
export async function removeCtlToken(folder: string): Promise<void> {
  await removeIfThere(pathIn(folder));
}

/** The token of `ctl` for the daemon at an address; `undefined` without a token. `ctl` sends it to no other address. */
export async function readCtlToken(folder: string, url: string): Promise<string | undefined> {
  const found = await readIfThere(pathIn(folder)).catch(() => undefined);
  if (!found) return undefined;
  const { success, data } = fileSchema.safeParse(JSON.parse(found.text));
  return success && isSameDaemon(data.url, url) ? data.token : undefined;
}

function isSameDaemon(one: string, other: string): boolean {
  const [a, b] = [URL.parse(one), URL.parse(other)];
  if (!a || !b || a.protocol !== b.protocol || a.port !== b.port) return false;
  return a.hostname === b.hostname || (isLoopback(a.hostname) && isLoopback(b.hostname));
}
