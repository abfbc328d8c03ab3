/** A disk of its own in memory, where this user may make one. */

const run = async (...[command, ...args]: string[]) =>
  (await new Deno.Command(command, { args, stderr: "null" }).output()).success;

/** Makes a folder a disk in memory. False if that is not allowed. */
export function mountMemory(folder: string): Promise<boolean> {
  return run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder);
}

/** Takes the disk away, also from a program that has it open for a moment longer, as one that was killed may. */
export function unmount(folder: string): Promise<boolean> {
  return run("umount", "--lazy", folder);
}

/** True if this user may make one. */
export async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const folder = await Deno.makeTempDir();
  const isMounted = await mountMemory(folder);
  if (isMounted) await unmount(folder);
  await Deno.remove(folder);
  return isMounted;
}
