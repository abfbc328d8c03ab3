/** The name of a ring's file begins with this. */
const PREFIX = "labdaemon-recorder-";

/** Variables with folders that a system may keep in memory: of a service, of a user, and for temporary files. */
const VARIABLES = ["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR", "TMPDIR"];

/**
 * The paths for the ring of a recorder; the recorder takes the first one that is in memory. None is in `/dev/shm`,
 * where Deno opens files only for a program with all permissions.
 */
export function ringPaths(folders: readonly (string | undefined)[] = [...VARIABLES.map(variable), "/tmp"]): string[] {
  if (Deno.build.os !== "linux") return [];
  const name = `${PREFIX}${crypto.randomUUID()}`;
  // Deno cannot grant a path with a comma. Of a service with several folders there is a list.
  return [...new Set(folders)].filter((folder) => folder?.startsWith("/") && !/[,:]/.test(folder))
    .map((folder) => `${folder}/${name}`).filter(isGranted);
}

/** The file of a ring is removed as soon as both processes have opened it. An older file was left by a kill at that moment. */
const MAX_NAMED_MS = 60_000;

/** Removes the rings that kills have left in the folders of some paths. */
export async function removeLeftRings(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if ((await Deno.permissions.query({ name: "read", path: folder })).state !== "granted") continue;
    try {
      for await (const { name } of Deno.readDir(folder)) {
        if (name.startsWith(PREFIX)) await removeOld(`${folder}/${name}`);
      }
    } catch {
      // There is no such folder.
    }
  }
}

async function removeOld(path: string): Promise<void> {
  try {
    const { mtime, isFile } = await Deno.lstat(path);
    if (isFile && Date.now() - (mtime?.getTime() ?? 0) > MAX_NAMED_MS) await Deno.remove(path);
  } catch {
    // It is gone, or another user's.
  }
}

function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

function isGranted(path: string): boolean {
  return (["read", "write"] as const).every((name) => Deno.permissions.querySync({ name, path }).state === "granted");
}
