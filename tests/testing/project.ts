/** The project of an author: own drivers, and the library. */
export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** Runs Deno in it. */
  deno(...args: string[]): Promise<{ code: number; out: string; err: string }>;
}

const root = new URL("../../", import.meta.url).pathname;

/** A project with these files in `drivers/`, gone when the test is. */
export async function projectOf(drivers: Record<string, string> = {}): Promise<Project> {
  const folder = await Deno.makeTempDir();
  for (const name of ["deno.json", "deno.lock"]) await Deno.copyFile(`${root}${name}`, `${folder}/${name}`);
  await Deno.symlink(`${root}lib`, `${folder}/lib`);
  await Deno.mkdir(`${folder}/drivers`);
  for (const [name, text] of Object.entries(drivers)) await Deno.writeTextFile(`${folder}/drivers/${name}`, text);
  return {
    folder,
    async deno(...args) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args,
        cwd: folder,
        env: { NO_COLOR: "1", DENO_JOBS: "2" },
      }).output();
      const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return { code, out, err };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
