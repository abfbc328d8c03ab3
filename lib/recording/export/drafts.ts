/** The name of the file that the process with this id writes first, in the recording's folder. */
export function draftName(pid: number): string {
  return `export-${pid}.part`;
}

/** Removes the files of exports that did not end, as when the machine has stopped. None may run. */
export async function removeDrafts(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^export-\d+\.part$/.test(name)) await Deno.remove(`${folder}/${name}`);
  }
}
