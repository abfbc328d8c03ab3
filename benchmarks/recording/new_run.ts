/** Makes a recording of all devices that runs, below a folder. Returns its own folder. */
export async function newRun(root: string): Promise<string> {
  const folder = `${root}/run`;
  await Deno.mkdir(folder);
  const manifest = {
    ...{ name: "run", always: false, stopped: false, started_at: "2026-11-26T08:00:00.000000Z", ended_at: null },
    ...{ until: null, devices: ["*"], tags: [], notes: [], contents: [], broken: [] },
  };
  await Deno.writeTextFile(`${folder}/recording.json`, JSON.stringify(manifest));
  return folder;
}
