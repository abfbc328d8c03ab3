/**
 * A Python without packages, for the tests that start `python3`. Where a manager of versions provides that name, it is a
 * script of 0.1 s, and what is installed beside Python may take as long at each start.
 *
 * @module
 */
import { join } from "node:path";

const FACTS = "import sys; print(sys.version, getattr(sys, '_base_executable', sys.executable))";

/**
 * Puts the folder of a virtual environment of `python3` first in `PATH`. It is made by the first test that needs it, and stays
 * for the next run. Without Python, nothing changes.
 */
export async function usePlainPython(): Promise<void> {
  const folder = join(Deno.env.get("TMPDIR") ?? "/tmp", ".venv-tests-plain");
  // The isolates of this run, and other runs: the first makes it, the others wait here.
  using lock = await Deno.open(`${folder}.lock`, { create: true, write: true });
  await lock.lock(true);
  const path = Deno.env.get("PATH") ?? "";
  // Another isolate, with which this one shares its environment, has done it.
  if (path.startsWith(`${folder}/`)) return;
  const wanted = await printed("python3", "-c", FACTS);
  if (wanted === undefined) return;
  const made = join(folder, "made.txt");
  if (await Deno.readTextFile(made).catch(() => "") !== wanted) {
    if (await printed("python3", "-m", "venv", "--clear", "--without-pip", folder) === undefined) return;
    await Deno.writeTextFile(made, wanted);
  }
  Deno.env.set("PATH", `${folder}/bin:${path}`);
}

/** What a program prints; `undefined` if it fails, or is not there. */
async function printed(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args, stdin: "null", stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
